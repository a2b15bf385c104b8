import type { Delivery } from '../../protocol/documents.ts'
import { parseSubject, type Subject } from '../../protocol/ids.ts'
import { splitRest, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { leftJoin } from '../core/merge-join.ts'
import { announcementOf, tokenExpired } from '../core/messages.ts'
import { iso } from '../core/clock.ts'
import type { VersionRecord } from '../core/versions.ts'
import { deliver, type DeliveryReport } from '../gateway/deliver.ts'
import type { Announcement, ExcludedConnection, FanOutTask } from '../gateway/fan-out-queue.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { AudienceRow } from '../store/connections.ts'
import type { OrderedMembership } from '../store/memberships.ts'
import { closeConnections, endExpired } from './close-connections.ts'
import type { Services } from './services.ts'

/** A part of an audience: a range of it, or the rows with these keys. */
export type Part = Segment | readonly string[]

export interface Broadcast {
  subject: Subject
  /** How the queue names what is broadcast. */
  announcement: Announcement
  /** What is posted. */
  message: object
  part?: Part
  exclude?: ExcludedConnection
}

export interface Budget {
  /** No post begins after this time, ms since 1970. */
  deadline: number
  /** Connections that are posted to at most; the queue gets the rest. */
  limit: number
}

/** Posts under way at once. */
const CONCURRENCY = 128
/** Connections a segment of the rest should hold: a few seconds' work of one Lambda. */
const PER_SEGMENT = 5_000
/** API Gateway can answer 410 in the first moments of a connection: a younger row is left alone. */
const YOUNG_MS = 10_000
/** Connections with an expired token that one broadcast closes at most; the next one goes on. */
const CLOSE_AT_MOST = 500
/** Rows asked for at once at most: more do not fit a page. */
const MOST_A_PAGE = 10_000
/** Rows in one task for the queue: a message takes 256 KiB, and a key is at most some 200 bytes. */
const ROWS_PER_TASK = 500

/**
 * Posts a message to those rows of the audience whose user is a member, in one pass over two sorted ranges. The caller has
 * read (or written) what is posted before; memberships are read here, after it. What does not fit the budget goes to the
 * queue, and only then is this done.
 *
 * @throws what a post, a read or the queue throws: then nothing is known to be done
 */
export async function broadcast(services: Services, what: Broadcast, { deadline, limit }: Budget): Promise<Delivery> {
  const { queue, clock } = services
  const { subject, announcement, exclude, part = WHOLE_AUDIENCE } = what
  // No more is read than may be posted to: a page of 1 MB holds some 8,000 rows. One more tells whether there is a rest, and a
  // range may begin with the row before it.
  const pageSize = Math.min(limit + 2, MOST_A_PAGE)
  const expired: AudienceRow[] = []
  let expiredCount = 0

  async function* recipients(): AsyncGenerator<AudienceRow> {
    for await (const row of rowsToTell(services, subject, announcement, part, pageSize)) {
      if (row.connectionId === exclude?.connectionId && row.user === exclude.user) continue
      if (row.tokenExpiresAt > clock.now()) yield row
      else if (++expiredCount <= CLOSE_AT_MOST) expired.push(row)
    }
  }

  const report = await deliver(services, recipients(), payloadOf(what.message), {
    deadline,
    limit,
    concurrency: CONCURRENCY,
    mayPost: row => row.tokenExpiresAt > clock.now(),
  })

  // Where nobody of a list could be reached, the task itself stays: SQS waits before it hands it out again.
  if (isList(part) && report.unreached.length > 0 && report.delivered + report.gone.length === 0)
    throw new Error(`none of ${report.unreached.length} connections could be reached`)
  const { ended, renewed } = await endExpired(services, expired, deadline)
  // A renewal gets to the user row first: the queue's task reads the others once more, but no task follows that one.
  const again = isList(part) ? report.unreached : [...report.unreached, ...renewed]
  const rest = [...chunks(again.map(row => row.key)), ...(report.ended ? [] : restOf(subject, part, report))]
  const more = exclude === undefined ? {} : { exclude }
  await queue.send(rest.map((left): FanOutTask => ({ kind: 'rest', subject, announcement, part: left, ...more })))

  await tidyUp(services, subject, report.gone, ended, deadline)
  return { delivered: report.delivered, gone: report.gone.length + expiredCount - renewed.length, queued: rest.length }
}

const isList = (part: Part): part is readonly string[] => Array.isArray(part)

const chunks = (keys: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(keys.length / ROWS_PER_TASK) }, (_, i) =>
    keys.slice(i * ROWS_PER_TASK, (i + 1) * ROWS_PER_TASK),
  )

/** What a delivery has left of its part. A user's connections stay one piece: they are few, and not sorted by a hash. */
function restOf(subject: Subject, part: Part, { last, taken }: DeliveryReport<AudienceRow>): Part[] {
  if (last === undefined) return [part]
  if (isList(part)) return chunks(part.filter(key => key > last.key))
  if (parseSubject(subject)?.kind === 'user') return [{ ...part, after: last.key }]
  return splitRest(part, last.key, taken, PER_SEGMENT)
}

/**
 * Broadcasts a version to its whole audience and records that it was announced.
 *
 * @param alongside what else is to be written, at the same time as that: no post waits for it
 */
export async function announce(
  services: Services,
  record: VersionRecord,
  budget: Budget,
  exclude?: ExcludedConnection,
  alongside?: () => Promise<void>,
): Promise<Delivery> {
  const { subject, version, tombstone } = record
  const delivery = await broadcast(
    services,
    {
      subject,
      announcement: { version, tombstone },
      message: announcementOf(record),
      ...(exclude === undefined ? {} : { exclude }),
    },
    budget,
  )
  await Promise.all([services.log.markAnnounced(subject, version, iso(services.clock.now())), alongside?.()])
  return delivery
}

/**
 * The rows of a subject whose user is a member; every row of a user's own. That a group was deleted is told to all rows but
 * those of users who joined the group that has been made anew under its name. Memberships are read after the call.
 */
async function* rowsToTell(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  subject: Subject,
  announcement: Announcement,
  part: Part,
  pageSize: number,
): AsyncGenerator<AudienceRow> {
  const parsed = parseSubject(subject)
  const deletedAt = 'version' in announcement && announcement.tombstone ? announcement.version : undefined
  const isToBeTold = (member: OrderedMembership | undefined): boolean =>
    deletedAt === undefined ? member !== undefined : member === undefined || member.groupVersion < deletedAt
  const rows = connections.rows(subject, part, pageSize)
  if (parsed?.kind !== 'group') {
    yield* rows
    return
  }
  const joined = leftJoin(
    rows,
    memberships.within(parsed.id, part, pageSize),
    row => row.key.slice(0, row.key.lastIndexOf('#')),
    member => member.key,
  )
  for await (const [row, member] of joined) if (isToBeTold(member)) yield row
}

/**
 * Deletes the rows of connections that are gone, never a young one (see YOUNG_MS), and closes those that were ended.
 * Everything that was to be told is told by now: what fails here is left to the next broadcast and to TTL.
 */
async function tidyUp(
  services: Services,
  subject: Subject,
  gone: readonly AudienceRow[],
  ended: readonly AudienceRow[],
  deadline: number,
): Promise<void> {
  const { connections, clock } = services
  const parsed = parseSubject(subject)
  const groups = parsed?.kind === 'group' ? [parsed.id] : []
  try {
    await connections.deleteRows(
      gone.filter(row => row.connectedAt < clock.now() - YOUNG_MS),
      groups,
    )
    await connections.deleteRows(await closeConnections(services, ended, tokenExpired, deadline), groups)
  } catch (error) {
    console.error('rows of closed connections could not be tidied up', { subject, error })
  }
}
