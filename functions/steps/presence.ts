import type { PresentMember } from '../../protocol/documents.ts'
import { parseSubject } from '../../protocol/ids.ts'
import { audienceKey, WHOLE_AUDIENCE } from '../core/audience.ts'
import { iso } from '../core/clock.ts'
import { leftJoin } from '../core/merge-join.ts'
import type { VersionRecord } from '../core/versions.ts'
import type { AudienceRow } from '../store/connections.ts'
import type { Services } from './services.ts'

/** Rows read at once. */
const PAGE = 500

/**
 * The members of a group who have an open connection, in the order of the audience, each with the version that all their
 * connections have been sent: the newest one when it was announced, or when the connection was opened after it was made (its
 * first sync brought it); the one before until then. That costs no write: no connection has to report what it has.
 *
 * @param after the position that the page before ended with
 */
export async function presentMembers(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  newest: VersionRecord,
  limit: number,
  after?: string,
): Promise<{ members: PresentMember[]; next?: string }> {
  const group = parseSubject(newest.subject)?.id ?? ''
  // '~' sorts after every connection of the user that the page before ended with.
  const segment = { ...WHOLE_AUDIENCE, after: after === undefined ? '' : `${after}#~` }
  const joined = leftJoin(
    connections.audience(newest.subject, segment, PAGE),
    memberships.of(group, segment, PAGE),
    row => row.key.slice(0, row.key.lastIndexOf('#')),
    member => member.key,
  )
  const sentTo = (row: AudienceRow): number =>
    newest.announcedAt !== undefined || iso(row.connectedAt) > newest.updatedAt ? newest.version : newest.version - 1

  const members: PresentMember[] = []
  for await (const [row, membership] of joined) {
    if (membership === undefined) continue
    const connectedAt = iso(row.connectedAt)
    const last = members.at(-1)
    if (last?.user === row.user) {
      last.connections.push({ connectionId: row.connectionId, connectedAt })
      if (connectedAt < last.since) last.since = connectedAt
      last.version = Math.min(last.version, sentTo(row))
      continue
    }
    if (members.length === limit) return { members, ...(last === undefined ? {} : { next: audienceKey(last.user) }) }
    members.push({
      user: row.user,
      role: membership.role,
      connections: [{ connectionId: row.connectionId, connectedAt }],
      since: connectedAt,
      version: sentTo(row),
    })
  }
  return { members }
}
