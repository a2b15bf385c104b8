import { useId } from 'react'
import type { Draft, DraftAction } from './draft.ts'

/** All settings as JSON text. What is not valid yet stays as it was typed, with what is wrong about it. */
export function JsonView({ draft, change }: { draft: Draft; change: (action: DraftAction) => void }) {
  const id = useId()
  const problem = draft.text?.problem
  return (
    <div className="field">
      <label htmlFor={id}>Settings as JSON</label>
      <textarea
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
