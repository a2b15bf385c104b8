import type { Role } from '../../protocol/documents.ts'
import { parseSubject } from '../../protocol/ids.ts'
import { WHOLE_AUDIENCE } from '../core/audience.ts'
import { iso } from '../core/clock.ts'
import { GrantwireError, noSuchGroup } from '../core/errors.ts'
import { isLive, type VersionRecord } from '../core/versions.ts'
import type { Membership } from '../store/memberships.ts'
import { hint } from './hint.ts'
import type { Services } from './services.ts'

type MemberServices = Pick<Services, 'memberships' | 'connections' | 'poster' | 'clock' | 'rate' | 'random'>

/** Longer than a Lambda lives: whoever is stepping down for longer has died on the way, and is an admin as before. */
const STEP_DOWN_MS = 30_000

/**
 * Puts a user into a group, or gives another role: the index entry, then rows for the user's open connections, then the
 * membership itself, then a hint. Before the membership is true, every connection of the user has its row, whether it opened
 * before this began or meanwhile.
 *
 * @param at the group, as its newest version says
 * @returns the membership, and whether the user is new in the group
 * @throws GrantwireError last_admin where the group would have no admin left; conflict where somebody else changes this
 * admin's role at the same moment
 */
export async function addMember(
  services: MemberServices,
  at: VersionRecord,
  user: string,
  role: Role,
): Promise<{ membership: Membership; isNew: boolean }> {
  const { memberships, connections, clock } = services
  const group = parseSubject(at.subject)?.id ?? ''
  const before = await memberships.get(group, user)
  await memberships.putIndex(group, user)
  const open = await connections.ofUser(user)
  await connections.ensureRows(open.map(connection => ({ connection, group })))
  const membership = { group, user, role, since: before?.since ?? iso(clock.now()) }
  const steppingDown = before?.role === 'admin' && role === 'member' ? await stepDown(services, before) : undefined
  if (!(await memberships.put(membership, at.version, steppingDown))) throw atTheSameMoment(group, user)
  await hint(services, user, { event: 'MembershipChanged', group, role })
  return { membership, isNew: before === undefined }
}

/**
 * Takes a user out of a group: deletes the membership, and nothing else, then hints. Rows and index may say too much; the
 * membership is read after every version, so from the moment that this returns no later version reaches the user.
 *
 * @throws GrantwireError member_not_found; last_admin where the group would have no admin left; conflict where somebody else
 * changes this admin's role at the same moment
 */
export async function removeMember(services: MemberServices, group: string, user: string): Promise<void> {
  const { memberships } = services
  const before = await memberships.get(group, user)
  if (before === undefined) throw notAMember(group, user)
  const steppingDown = before.role === 'admin' ? await stepDown(services, before) : undefined
  // Where it finds nothing any more, that is as well: so does the SDK's second try, when the answer to the first was lost.
  if ((await memberships.delete(group, user, steppingDown)) === 'refused') throw atTheSameMoment(group, user)
  await hint(services, user, { event: 'MembershipChanged', group, role: null })
}

/** A page of the members, in the order of the audience, after the member at this position. */
export async function listMembers(
  { memberships }: Pick<Services, 'memberships'>,
  group: string,
  limit: number,
  after?: string,
): Promise<{ members: Membership[]; more: boolean }> {
  const members: Membership[] = []
  // One more than a page tells whether there is a next one; another one more, since the range begins with `after` itself.
  for await (const member of memberships.of(group, { ...WHOLE_AUDIENCE, after: after ?? '' }, limit + 2)) {
    if (member.key === after) continue
    if (members.length === limit) return { members, more: true }
    members.push(member)
  }
  return { members, more: false }
}

/**
 * Lets an admin go only where another one stays. Whoever is stepping down says so first and does not count from then on: two
 * admins who take the role from each other at the same time both find nobody, and both stay.
 *
 * @returns the mark, which the write that follows must still find
 * @throws GrantwireError last_admin, conflict
 */
async function stepDown(
  { memberships, clock }: Pick<Services, 'memberships' | 'clock'>,
  { group, user }: Membership,
): Promise<number> {
  const mark = clock.now() + STEP_DOWN_MS
  if (!(await memberships.beginStepDown(group, user, mark))) throw atTheSameMoment(group, user)
  for await (const other of memberships.of(group))
    if (other.role === 'admin' && other.user !== user && other.steppingDownUntil <= clock.now()) return mark
  await memberships.endStepDown(group, user, mark)
  throw new GrantwireError('last_admin', `${user} is the last admin of ${group}. Make somebody else an admin first.`)
}

/** The newest version of a group that exists. @throws GrantwireError group_not_found */
export async function requireGroup({ log }: Pick<Services, 'log'>, group: string): Promise<VersionRecord> {
  const newest = await log.newest(`group:${group}`)
  if (!isLive(newest)) throw noSuchGroup(group)
  return newest
}

const notAMember = (group: string, user: string): GrantwireError =>
  new GrantwireError('member_not_found', `${user} is not a member of ${group}.`)

const atTheSameMoment = (group: string, user: string): GrantwireError =>
  new GrantwireError('conflict', `Somebody else changes the role of ${user} in ${group} at this moment. Try again.`)
