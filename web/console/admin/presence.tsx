import type { PresentMember } from '../../../protocol/documents.ts'
import { Empty } from '../parts/notice.tsx'
import { useGrantsState } from '../parts/services.ts'
import { Shown } from '../parts/shown.tsx'
import { When } from '../parts/when.tsx'
import type { Delivered } from './deliveries.ts'
import { DeliveryChart } from './delivery-chart.tsx'
import { isCurrent } from './online.tsx'
import { byUser, usePresence } from './use-presence.ts'

/** Who is online and on which version, so that one can watch an update reach everyone. */
export function PresenceTab({ group, deliveries }: { group: string; deliveries: Delivered[] }) {
  const presence = usePresence(group)
  const version = useGrantsState(grants => grants.version(`group:${group}`)) ?? 0
  return (
    <div className="stack">
      <section className="card online" aria-labelledby="online">
        <div className="row spread">
          <h2 id="online">Online now</h2>
          {presence.result.state === 'ready' && <Reached items={presence.result.value.items} version={version} />}
        </div>
        <Shown what="who is online" result={presence.result} reload={presence.reload}>
          {({ items, hasMore }) => (
            <>
              {items.length === 0 && (
                <Empty title="Nobody is online">
                  <p>Open the member page in another window to see it here.</p>
                </Empty>
              )}
              <ul className="people">
                {items.toSorted(byUser).map(person => (
                  <Person key={person.user} person={person} version={version} />
                ))}
              </ul>
              {hasMore && (
                <div>
                  <button type="button" onClick={presence.more}>
                    Show more
                  </button>
                </div>
              )}
            </>
          )}
        </Shown>
      </section>
      <DeliveryChart deliveries={deliveries} />
    </div>
  )
}

function Reached({ items, version }: { items: PresentMember[]; version: number }) {
  const reached = items.filter(person => isCurrent(person, version)).length
  return (
    <span role="status" className={reached === items.length ? 'tag yes' : 'tag mind'}>
      {reached} of {items.length} on version {version}
    </span>
  )
}

function Person({ person, version: newest }: { person: PresentMember; version: number }) {
  const { user, role, since, connections, version } = person
  const current = isCurrent(person, newest)
  return (
    <li className={current ? 'person current' : 'person'}>
      <strong>{user}</strong>
      <span className={current ? 'tag yes' : 'tag mind'}>
        {current ? `version ${newest}` : `${version} → ${newest}`}
      </span>
      <span className="small quiet">
        {role}, {connections.length} {connections.length === 1 ? 'window' : 'windows'}, since <When at={since} />
      </span>
    </li>
  )
}
