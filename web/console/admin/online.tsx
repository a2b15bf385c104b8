import type { PresentMember } from '../../../protocol/documents.ts'
import { useGrantsState } from '../parts/services.ts'
import { byUser, usePresence } from './use-presence.ts'

/** People whom the strip names; the presence tab has them all. */
const NAMED = 8

/** Who is online, in one line: each turns from amber to green when the newest version has reached them. */
export function OnlineStrip({ group }: { group: string }) {
  const { result } = usePresence(group)
  const newest = useGrantsState(grants => grants.version(`group:${group}`)) ?? 0
  // Holds its place, so that nothing moves when the answer is there.
  if (result.state !== 'ready') return <div className="row strip" />
  const { items, hasMore } = result.value
  const more = items.length - NAMED
  return (
    <ul className="row strip" aria-label="Online now">
      {items
        .toSorted(byUser)
        .slice(0, NAMED)
        .map(person => (
          <li key={person.user} className={isCurrent(person, newest) ? 'tag yes' : 'tag mind'}>
            <span className="dot" aria-hidden="true" />
            {person.user}
            <span className="aside"> on version {person.version}</span>
          </li>
        ))}
      {more > 0 && (
        <li className="tag">
          {more}
          {hasMore && '+'} more
        </li>
      )}
    </ul>
  )
}

/** Whether the newest version has been sent to all windows of this person. */
export const isCurrent = ({ version }: PresentMember, newest: number): boolean => version >= newest
