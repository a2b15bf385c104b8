import type { Settings } from '../../protocol/documents.ts'
import { GrantwireError } from '../core/errors.ts'
import { WHOLE_AUDIENCE } from '../core/audience.ts'
import { isLive } from '../core/versions.ts'
import { addMember } from './members.ts'
import type { Budget } from './broadcast.ts'
import type { Services } from './services.ts'
import { updateSettings, type Updated } from './update-settings.ts'

interface By {
  updatedBy: string
  commitId: string
}

/** Memberships deleted with one batch. */
const PURGE_PAGE = 25

/**
 * Makes a group with its first admin. Memberships that a deleted group of this name left are purged first; the version
 * commits the group; then its admin is added. Should this die in between, the group is there without anybody in it, and the
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
  const subject = `group:${group}` as const
  const current = await services.log.newest(subject)
  if (isLive(current)) {
    if (!(await isEmpty(services, group))) throw groupExists(group)
    await addMember(services, group, admin, 'admin')
    return { record: current, changed: false, delivery: { delivered: 0, gone: 0, queued: 0 } }
  }
  if (!(await purgeMembers(services, group, budget.deadline)))
    throw new GrantwireError(
      'unavailable',
      `The members of the deleted group ${group} are still being removed. Try again in a moment.`,
    )
  const updated = await updateSettings(
    services,
    { subject, intent: { kind: 'replace', settings }, expect: 'absent', ...by },
    budget,
  )
  await addMember(services, group, admin, 'admin')
  return updated
}

/**
 * Deletes a group: a tombstone version, so that versions never run backwards; its audience is told; its memberships go.
 * What is not finished within the budget the queue finishes.
 *
 * @throws GrantwireError group_not_found
 */
export async function deleteGroup(services: Services, group: string, by: By, budget: Budget): Promise<void> {
  await updateSettings(services, { subject: `group:${group}`, intent: { kind: 'delete' }, ...by }, budget)
  if (!(await purgeMembers(services, group, budget.deadline))) await services.queue.send([{ kind: 'purge', group }])
}

/** Deletes the memberships of a group until none is left or the time is over. Whether none is left. */
export async function purgeMembers(
  { memberships, clock }: Pick<Services, 'memberships' | 'clock'>,
  group: string,
  deadline: number,
): Promise<boolean> {
  let page: string[] = []
  for await (const { user } of memberships.of(group)) {
    page.push(user)
    if (page.length < PURGE_PAGE) continue
    await memberships.deleteAll(group, page)
    page = []
    if (clock.now() >= deadline) return false
  }
  await memberships.deleteAll(group, page)
  return true
}

async function isEmpty({ memberships }: Services, group: string): Promise<boolean> {
  for await (const _ of memberships.of(group, WHOLE_AUDIENCE, 1)) return false
  return true
}

const groupExists = (group: string): GrantwireError =>
  new GrantwireError('group_exists', `The group ${group} exists already. Change it with PATCH /groups/${group}.`)
