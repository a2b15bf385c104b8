import type { Delivery } from '../../protocol/documents.ts'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import { announcementOf, groupGone } from '../core/messages.ts'
import type { Announcement, FanOutTask } from '../gateway/fan-out-queue.ts'
import { announce, broadcast, type Budget } from './broadcast.ts'
import { purgeMembers } from './groups.ts'
import type { Services } from './services.ts'

/**
 * Does one task of the queue. Doing it twice does no harm: pushes carry whole documents, and clients drop what they have.
 *
 * @returns what was delivered, or 'skipped' where there was nothing to tell
 * @throws where it has to be done again: SQS hands it out anew, and after some times to the dead-letter queue
 */
export async function doTask(services: Services, task: FanOutTask, budget: Budget): Promise<Delivery | 'skipped'> {
  switch (task.kind) {
    case 'recheck':
      return recheck(services, task.subject, budget)
    case 'rest': {
      const message = await messageOf(services, task.subject, task.announcement)
      return message === undefined ? 'skipped' : broadcast(services, { ...task, message }, budget)
    }
    case 'purge': {
      const newest = await services.log.newest(subjectOf('group', task.group))
      if (newest !== undefined) await purgeMembers(services, newest, budget.deadline)
      return 'skipped'
    }
  }
}

/** Finishes what an update began that may have died: the broadcast, and for a deleted group its memberships. */
async function recheck(services: Services, subject: Subject, budget: Budget): Promise<Delivery | 'skipped'> {
  const newest = await services.log.newest(subject)
  if (newest === undefined) return 'skipped'
  const delivery = newest.announcedAt === undefined ? await announce(services, newest, budget) : 'skipped'
  if (newest.tombstone) await purgeMembers(services, newest, budget.deadline)
  return delivery
}

/**
 * What is posted: the version, unless a newer one has replaced it (that one has its own broadcast); that the group was
 * deleted, in any case: whoever lost it then may not be among those who hear of the group that replaced it; or the event.
 */
async function messageOf({ log }: Services, subject: Subject, announcement: Announcement): Promise<object | undefined> {
  if ('custom' in announcement) return announcement.custom
  if (announcement.tombstone) return groupGone(subject)
  const newest = await log.newest(subject)
  return newest?.version === announcement.version ? announcementOf(newest) : undefined
}
