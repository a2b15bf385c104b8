import { useId } from 'react'
import type { JsonValue } from '../../../protocol/documents.ts'

interface Props {
  name: string
  value: JsonValue
  change: (value: JsonValue) => void
  editJson: () => void
}

/** A field for a text or a number; lists and objects are shown and edited as JSON. */
export function ValueField({ name, value, change, editJson }: Props) {
  const id = useId()
  if (typeof value === 'object' || typeof value === 'boolean')
    return (
      <div className="field grow">
        <span className="label mono">{name}</span>
        <span className="row">
          <code>{JSON.stringify(value)}</code>
          <button type="button" onClick={editJson}>
            Edit as JSON<span className="aside"> {name}</span>
          </button>
        </span>
      </div>
    )
  return (
    <div className="field grow">
      <label htmlFor={id} className="mono">
        {name}
      </label>
      {typeof value === 'number' ? (
        <input
          id={id}
          type="number"
          step="any"
          value={Number.isNaN(value) ? '' : value}
          aria-invalid={Number.isNaN(value)}
          onChange={event => change(event.target.valueAsNumber)}
        />
      ) : (
        <input id={id} value={value} onChange={event => change(event.target.value)} />
      )}
    </div>
  )
}
