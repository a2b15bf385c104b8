import { useId } from 'react'

/** A switch with its label. */
export function Switch({ label, on, change }: { label: string; on: boolean; change: (on: boolean) => void }) {
  const id = useId()
  return (
    <>
      <input id={id} type="checkbox" role="switch" checked={on} onChange={event => change(event.target.checked)} />
      <label htmlFor={id} className="mono">
        {label}
      </label>
    </>
  )
}
