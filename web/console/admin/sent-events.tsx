import { useGrantsEvent } from '@grantwire/react'
import { useState } from 'react'
import { Empty } from '../parts/notice.tsx'

/** An event that this page sent. */
export interface Sent {
  id: string
  name: string
  /** `performance.now()` at the click. */
  sentAt: number
  /** Where it went, once the server has answered. */
  answer?: string
}

/** The events that this page sent, and when each arrived back here. */
export function SentEvents({ sent }: { sent: Sent[] }) {
  return (
    <section className="card" aria-labelledby="sent">
      <h2 id="sent">Sent from here</h2>
      {sent.length === 0 && (
        <Empty title="Nothing sent yet">
          <p>Your own page is in the audience: you see the event arrive.</p>
        </Empty>
      )}
      <ul className="rows" aria-live="polite">
        {sent.map(event => (
          <Arrival key={event.id} sent={event} />
        ))}
      </ul>
    </section>
  )
}

function Arrival({ sent: { id, name, sentAt, answer } }: { sent: Sent }) {
  const [tookMs, setTookMs] = useState<number>()
  useGrantsEvent(name, (_data, event) => {
    if (event.id === id) setTookMs(performance.now() - sentAt)
  })
  return (
    <li>
      <code className="grow">{name}</code>
      <span className={tookMs === undefined ? 'tag mind' : 'tag yes fresh'}>
        {tookMs === undefined ? 'on its way' : `here after ${Math.round(tookMs)} ms`}
      </span>
      <span className="small quiet">{answer}</span>
    </li>
  )
}
