import type { ReactNode } from 'react'
import { explain } from '../api.ts'

/** A message about what happened. `bad` interrupts a screen reader, the others wait for it. */
export function Notice({
  kind,
  title,
  children,
}: {
  kind: 'good' | 'bad' | 'mind'
  title: string
  children?: ReactNode
}) {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <strong>{title}</strong>
      {children}
    </div>
  )
}

/** An error in words, with a way out where there is one. */
export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const { title, detail } = explain(error)
  return (
    <Notice kind="bad" title={title}>
      <p>{detail}</p>
      {retry !== undefined && (
        <div>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </Notice>
  )
}

/** Where a list would be: says that it is empty and what to do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  )
}

/** Holds the place of what is being fetched. */
export function Loading({ what }: { what: string }) {
  return (
    <div role="status">
      <span className="aside">Loading {what}</span>
      <div className="bones" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
    </div>
  )
}
