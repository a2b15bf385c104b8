import { useEffect, useId, useRef } from 'react'
import type { Draft, DraftAction } from './draft.ts'

interface Props {
  draft: Draft
  /** What keeps these settings from being saved. */
  problem: string | undefined
  /** The key to go to when the view opens. */
  sought: string | undefined
  change: (action: DraftAction) => void
}

/** All settings as JSON text. What is not valid yet stays as it was typed, with what is wrong about it. */
export function JsonView({ draft, problem, sought, change }: Props) {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    if (sought === undefined || area.current === null) return
    area.current.focus()
    const name = JSON.stringify(sought)
    const at = area.current.value.indexOf(`\n  ${name}: `)
    if (at === -1) return
    area.current.setSelectionRange(at + 3, at + 3 + name.length)
  }, [sought])

  return (
    <div className="card field">
      <label htmlFor={id}>Settings as JSON</label>
      <textarea
        ref={area}
        id={id}
        spellCheck={false}
        value={draft.text?.typed ?? JSON.stringify(draft.edited, null, 2)}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={event => change({ do: 'type', text: event.target.value })}
      />
      <p id={`${id}-problem`} className="problem" aria-live="polite">
        {problem}
      </p>
    </div>
  )
}
