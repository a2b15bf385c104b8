import { useId, useState, type SubmitEvent } from 'react'
import type { Delivery } from '../../../protocol/documents.ts'
import { RESERVED_EVENTS } from '../../../protocol/events.ts'
import { MAX_EVENT_NAME_LENGTH } from '../../../protocol/limits.ts'
import { Failure } from '../parts/notice.tsx'
import { useServices } from '../parts/services.ts'
import { EXAMPLE_EVENT } from '../member/changes.ts'
import { parseValue } from '../settings/parse.ts'
import { deliverySentence } from './deliveries.ts'
import { SentEvents, type Sent } from './sent-events.tsx'

/** Events that the page remembers. */
const KEPT = 10

/** Sends a custom event to everybody in the group, and shows it arrive here, in the same audience. */
export function EventsTab({ group }: { group: string }) {
  const { api } = useServices()
  const id = useId()
  const [name, setName] = useState<string>(EXAMPLE_EVENT)
  const [text, setText] = useState('{ "minutes": 10 }')
  const [sent, setSent] = useState<Sent[]>([])
  const [error, setError] = useState<unknown>()
  const data = parseValue(text)
  const reserved = RESERVED_EVENTS.some(event => event === name)

  const settle = (eventId: string, delivery: Delivery) =>
    setSent(list =>
      list.map(event => (event.id === eventId ? { ...event, answer: deliverySentence(delivery) } : event)),
    )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!data.ok || reserved || name === '') return
    const eventId = crypto.randomUUID()
    setError(undefined)
    setSent(list => [{ id: eventId, name, sentAt: performance.now() }, ...list].slice(0, KEPT))
    api.send(group, { event: name, data: data.value, id: eventId }).then(
      ({ delivery }) => settle(eventId, delivery),
      (failure: unknown) => {
        setError(failure)
        setSent(list => list.filter(other => other.id !== eventId))
      },
    )
  }
  return (
    <div className="columns">
      <form className="card" onSubmit={submit} aria-labelledby={`${id}-title`}>
        <h2 id={`${id}-title`}>Send an event</h2>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            value={name}
            maxLength={MAX_EVENT_NAME_LENGTH}
            aria-describedby={`${id}-name-problem`}
            onChange={event => setName(event.target.value)}
          />
          <p id={`${id}-name-problem`} className="problem" aria-live="polite">
            {reserved && 'Grantwire itself sends this one. Choose another name.'}
          </p>
        </div>
        <div className="field">
          <label htmlFor={`${id}-data`}>Data, as JSON</label>
          <textarea
            id={`${id}-data`}
            className="short"
            spellCheck={false}
            value={text}
            aria-invalid={!data.ok}
            aria-describedby={`${id}-data-problem`}
            onChange={event => setText(event.target.value)}
          />
          <p id={`${id}-data-problem`} className="problem" aria-live="polite">
            {!data.ok && data.problem}
          </p>
        </div>
        {error !== undefined && <Failure error={error} />}
        <div>
          <button className="primary" disabled={!data.ok || reserved || name === ''}>
            Send to {group}
          </button>
        </div>
      </form>
      <SentEvents sent={sent} />
    </div>
  )
}
