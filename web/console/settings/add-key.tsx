import { useId, useState, type KeyboardEvent } from 'react'
import type { JsonValue, Settings } from '../../../protocol/documents.ts'

const KINDS = [
  { name: 'Permission', value: false },
  { name: 'Text', value: '' },
  { name: 'Number', value: 0 },
  { name: 'List', value: [] },
  { name: 'Object', value: {} },
] as const satisfies { name: string; value: JsonValue }[]

/** Adds a key. A permission begins as not allowed. */
export function AddKey({ settings, add }: { settings: Settings; add: (key: string, value: JsonValue) => void }) {
  const id = useId()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<string>(KINDS[0].name)
  const key = name.trim()
  const taken = Object.hasOwn(settings, key)
  const addIt = () => {
    if (key === '' || taken) return
    const value: JsonValue = KINDS.find(known => known.name === kind)?.value ?? false
    add(key, Array.isArray(value) ? [] : value)
    setName('')
  }
  // Inside of the settings' form Enter would save; here it adds.
  const enter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    addIt()
  }
  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Add a setting</h2>
      <div className="row end">
        <div className="field grow">
          <label htmlFor={`${id}-name`}>Name, such as report.export</label>
          <input
            id={`${id}-name`}
            value={name}
            autoComplete="off"
            aria-describedby={`${id}-problem`}
            onKeyDown={enter}
            onChange={event => setName(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-kind`}>Kind</label>
          <select id={`${id}-kind`} value={kind} onChange={event => setKind(event.target.value)}>
            {KINDS.map(known => (
              <option key={known.name}>{known.name}</option>
            ))}
          </select>
        </div>
        <button type="button" disabled={key === '' || taken} onClick={addIt}>
          Add
        </button>
      </div>
      <p id={`${id}-problem`} className="problem" aria-live="polite">
        {taken && `${key} is there already.`}
      </p>
    </section>
  )
}
