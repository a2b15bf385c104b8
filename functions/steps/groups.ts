import type { Settings } from '../../protocol/documents.ts'
import { parseSubject, subjectOf } from '../../protocol/ids.ts'
import { mapBounded } from '../core/concurrency.ts'
import { GrantwireError } from '../core/errors.ts'
import { WHOLE_AUDIENCE } from '../core/audience.ts'
import type { VersionRecord } from '../core/versions.ts'
import { addMember } from './members.ts'
import { announce, type Budget } from './broadcast.ts'
import type { Services } from './services.ts'
import { updateSettings, type Updated } from './update-settings.ts'

interface By {
  updatedBy: string
  commitId: string
}

/** Memberships deleted at once. */
const PURGES = 25

/**
 * Makes a group with its first admin. What a deleted group of this name left is finished first: that it was deleted is told,
 * its memberships are purged. Then the version commits the group; then its admin is added. Should this die in between, the group is there without anybody in it, and the
 * same request goes on from there.
 *
 * @throws GrantwireError group_exists
 */
export async function createGroup(
  services: Services,
  group: string,
  { admin, settings }: { admin: string; settings: Settings },
  by: By,
  budget: Budget,
): Promise<Updated> {
  const subject = subjectOf('group', group)
  const current = await services.log.newest(subject)
  if (current?.tombstone === false) {
    if (!(await isEmpty(services, group))) throw groupExists(group)
    await addMember(services, current, admin, 'admin')
    return { record: current, changed: false, delivery: { delivered: 0, gone: 0, queued: 0 } }
  }
  if (current !== undefined && current.announcedAt === undefined) await announce(services, current, budget)
  if (current !== undefined && !(await purge(services, current, budget.deadline)))
    throw new GrantwireError(
      'unavailable',
      `The members of the deleted group ${group} are still being removed. Try again in a moment.`,
    )
  const updated = await updateSettings(
    services,
    { subject, intent: { kind: 'replace', settings }, expect: 'absent', ...by },
    budget,
  )
  await addMember(services, updated.record, admin, 'admin')
  return updated
}

/**
 * Deletes a group: a tombstone version, so that versions never run backwards; its audience is told; its memberships go.
 * What is not finished within the budget the queue finishes.
 *
 * @throws GrantwireError group_not_found
 */
export async function deleteGroup(services: Services, group: string, by: By, budget: Budget): Promise<void> {
  const subject = subjectOf('group', group)
  const { record } = await updateSettings(services, { subject, intent: { kind: 'delete' }, ...by }, budget)
  await purgeMembers(services, record, budget.deadline)
}

/**
 * Deletes the memberships that a deleted group left, those of a group that was made anew under its name excepted: whoever
 * purges may be slow, and the group be there again meanwhile. What the deadline leaves goes to the queue.
 */
export async function purgeMembers(
  services: Pick<Services, 'memberships' | 'queue' | 'clock'>,
  newest: VersionRecord,
  deadline: number,
): Promise<void> {
  if (!newest.tombstone || (await purge(services, newest, deadline))) return
  await services.queue.send([{ kind: 'purge', group: groupOf(newest) }])
}

/** Whether no membership of the deleted group is left. */
async function purge(
  { memberships, clock }: Pick<Services, 'memberships' | 'clock'>,
  tombstone: VersionRecord,
  deadline: number,
): Promise<boolean> {
  const group = groupOf(tombstone)
  const deleteAll = (users: readonly string[]) =>
    mapBounded(users, PURGES, user => memberships.deleteOlder(group, user, tombstone.version))
  let page: string[] = []
  for await (const { user } of memberships.of(group)) {
    page.push(user)
    if (page.length < PURGES) continue
    await deleteAll(page)
    page = []
    if (clock.now() >= deadline) return false
  }
  await deleteAll(page)
  return true
}

async function isEmpty({ memberships }: Services, group: string): Promise<boolean> {
  for await (const _ of memberships.of(group, WHOLE_AUDIENCE, 1)) return false
  return true
}

const groupOf = ({ subject }: VersionRecord): string => parseSubject(subject)?.id ?? ''

const groupExists = (group: string): GrantwireError =>
  new GrantwireError('group_exists', `The group ${group} exists already. Change it with PATCH /groups/${group}.`)
