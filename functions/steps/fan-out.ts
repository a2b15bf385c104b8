import type { Delivery } from '../../protocol/documents.ts'
import { announcementOf } from '../core/messages.ts'
import { deliver } from '../gateway/deliver.ts'
import type { Announcement, FanOutTask } from '../gateway/fan-out-queue.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Subject } from '../../protocol/ids.ts'
import { parseSubject } from '../../protocol/ids.ts'
import type { AudienceRow } from '../store/connections.ts'
import { announce, broadcast, type Budget } from './broadcast.ts'
import { toAsync } from './close-connections.ts'
import { purgeMembers } from './groups.ts'
import type { Services } from './services.ts'

/**
 * Does one task of the queue. Doing it twice does no harm: pushes carry whole documents, and clients drop what they have.
 *
 * @returns what was delivered, or 'skipped' where there was nothing to do
 * @throws where it has to be done again: SQS hands it out anew, and after some times to the dead-letter queue
 */
export async function doTask(services: Services, task: FanOutTask, budget: Budget): Promise<Delivery | 'skipped'> {
  switch (task.kind) {
    case 'recheck': {
      const newest = await services.log.newest(task.subject)
      if (newest === undefined || newest.announcedAt !== undefined) return 'skipped'
      const delivery = await announce(services, newest, budget)
      const group = parseSubject(task.subject)
      if (newest.tombstone && group !== undefined) await services.queue.send([{ kind: 'purge', group: group.id }])
      return delivery
    }
    case 'segment': {
      const what = await messageOf(services, task.subject, task.announcement)
      if (what === undefined) return 'skipped'
      return broadcast(services, { ...task, ...what }, budget)
    }
    case 'connections':
      return repeat(services, task, budget)
    case 'purge': {
      const newest = await services.log.newest(`group:${task.group}`)
      // The group was made again: whoever made it purged it first.
      if (newest?.tombstone !== true) return 'skipped'
      if (!(await purgeMembers(services, task.group, budget.deadline))) await services.queue.send([task])
      return 'skipped'
    }
  }
}

/** What is posted: the version, unless a newer one has replaced it (that one has its own broadcast), or the event. */
async function messageOf(
  { log }: Services,
  subject: Subject,
  announcement: Announcement,
): Promise<{ message: object; everyRow: boolean } | undefined> {
  if ('custom' in announcement) return { message: announcement.custom, everyRow: false }
  const newest = await log.newest(subject)
  if (newest?.version !== announcement.version) return undefined
  return { message: announcementOf(newest), everyRow: newest.tombstone }
}

/** Posts to connections that could not be reached before; memberships are read anew, after the version. */
async function repeat(
  services: Services,
  task: Extract<FanOutTask, { kind: 'connections' }>,
  budget: Budget,
): Promise<Delivery | 'skipped'> {
  const what = await messageOf(services, task.subject, task.announcement)
  if (what === undefined) return 'skipped'
  const rows = what.everyRow ? task.rows : await membersAmong(services, task.subject, task.rows)
  const report = await deliver(services, toAsync(rows), payloadOf(what.message), { ...budget, concurrency: 32 })
  const left = [...report.unreached, ...rows.slice(report.taken)]
  if (left.length > 0 && report.delivered + report.gone.length === 0)
    throw new Error(`none of ${left.length} connections could be reached`)
  if (left.length > 0) await services.queue.send([{ ...task, rows: left }])
  return { delivered: report.delivered, gone: report.gone.length, queued: left.length > 0 ? 1 : 0 }
}

async function membersAmong(
  { memberships }: Services,
  subject: Subject,
  rows: readonly AudienceRow[],
): Promise<AudienceRow[]> {
  const parsed = parseSubject(subject)
  if (parsed?.kind !== 'group') return [...rows]
  const members = await memberships.usersAmong(parsed.id, [...new Set(rows.map(row => row.user))])
  return rows.filter(row => members.has(row.user))
}
