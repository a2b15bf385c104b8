import type { Delivery } from '../../protocol/documents.ts'
import { parseSubject, type Subject } from '../../protocol/ids.ts'
import { splitRest, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { leftJoin } from '../core/merge-join.ts'
import { announcementOf } from '../core/messages.ts'
import { iso } from '../core/clock.ts'
import type { VersionRecord } from '../core/versions.ts'
import { deliver, type DeliveryReport } from '../gateway/deliver.ts'
import type { Announcement, FanOutTask } from '../gateway/fan-out-queue.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { AudienceRow } from '../store/connections.ts'
import { closeConnections } from './close-connections.ts'
import type { Services } from './services.ts'

export interface Broadcast {
  subject: Subject
  /** How the queue names what is broadcast. */
  announcement: Announcement
  /** What is posted. */
  message: object
  /** Whether rows of users who are no members are posted to as well: true for the news that a group is no more. */
  everyRow?: boolean
  segment?: Segment
  /** A connection that is left out: the tab that made the change. */
  exclude?: string
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
/** Rows in one task for the queue: a message takes 256 KiB. */
const ROWS_PER_TASK = 500

/**
 * Posts a message to those rows of the audience whose user is a member, in one pass over two sorted ranges. The caller has
 * read (or written) what is posted before; memberships are read here, after it. What does not fit the budget goes to the
 * queue, and only then is this done.
 *
 * @throws what a post, a read or the queue throws: then nothing is known to be done
 */
export async function broadcast(services: Services, what: Broadcast, { deadline, limit }: Budget): Promise<Delivery> {
  const { connections, queue, clock } = services
  const { subject, announcement, exclude, segment = WHOLE_AUDIENCE } = what
  const expired: AudienceRow[] = []
  let expiredCount = 0

  async function* recipients(): AsyncGenerator<AudienceRow> {
    for await (const row of what.everyRow === true
      ? connections.audience(subject, segment)
      : memberRows(services, subject, segment)) {
      if (row.connectionId === exclude) continue
      if (row.tokenExpiresAt > clock.now()) yield row
      else if (++expiredCount <= CLOSE_AT_MOST) expired.push(row)
    }
  }

  const report = await deliver(services, recipients(), payloadOf(what.message), {
    deadline,
    limit,
    concurrency: CONCURRENCY,
  })

  const tasks: FanOutTask[] = []
  for (let i = 0; i < report.unreached.length; i += ROWS_PER_TASK)
    tasks.push({ kind: 'connections', subject, announcement, rows: report.unreached.slice(i, i + ROWS_PER_TASK) })
  if (!report.ended)
    for (const rest of restOf(subject, segment, report))
      tasks.push({
        kind: 'segment',
        subject,
        announcement,
        segment: rest,
        ...(exclude === undefined ? {} : { exclude }),
      })
  await queue.send(tasks)

  await forget(services, subject, report.gone)
  await closeConnections(services, expired, { event: 'SignedOut', reason: 'token_expired', reconnect: true }, deadline)
  await forget(services, subject, expired)
  return { delivered: report.delivered, gone: report.gone.length + expiredCount, queued: tasks.length }
}

/** What a delivery has left of its segment. A user's connections stay one piece: they are few, and not sorted by a hash. */
function restOf(subject: Subject, segment: Segment, { last, taken }: DeliveryReport<AudienceRow>): Segment[] {
  if (last === undefined) return [segment]
  if (parseSubject(subject)?.kind === 'user') return [{ ...segment, after: last.key }]
  return splitRest(segment, last.key, taken, PER_SEGMENT)
}

/** Broadcasts a version to its whole audience and records that it was announced. */
export async function announce(
  services: Services,
  record: VersionRecord,
  budget: Budget & { exclude?: string },
): Promise<Delivery> {
  const { subject, version, tombstone } = record
  const delivery = await broadcast(
    services,
    {
      subject,
      announcement: { version },
      message: announcementOf(record),
      everyRow: tombstone,
      ...(budget.exclude === undefined ? {} : { exclude: budget.exclude }),
    },
    budget,
  )
  await services.log.markAnnounced(subject, version, iso(services.clock.now()))
  return delivery
}

/** The rows of a subject whose user is a member; every row of a user's own. */
export async function* memberRows(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  subject: Subject,
  segment: Segment = WHOLE_AUDIENCE,
): AsyncGenerator<AudienceRow> {
  const parsed = parseSubject(subject)
  const rows = connections.audience(subject, segment)
  if (parsed?.kind !== 'group') {
    yield* rows
    return
  }
  const members = memberships.of(parsed.id, segment)
  const joined = leftJoin(
    rows,
    members,
    row => row.key.slice(0, row.key.lastIndexOf('#')),
    member => member.key,
  )
  for await (const [row, member] of joined) if (member !== undefined) yield row
}

/** Deletes the rows of connections that are gone: never a young one, see YOUNG_MS. */
async function forget({ connections, clock }: Services, subject: Subject, rows: readonly AudienceRow[]): Promise<void> {
  const parsed = parseSubject(subject)
  const groups = parsed?.kind === 'group' ? [parsed.id] : []
  const old = rows.filter(row => row.connectedAt < clock.now() - YOUNG_MS)
  await connections.deleteRows(old, groups)
}
