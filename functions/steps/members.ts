import type { Role } from '../../protocol/documents.ts'
import { WHOLE_AUDIENCE } from '../core/audience.ts'
import { iso } from '../core/clock.ts'
import { GrantwireError, noSuchGroup } from '../core/errors.ts'
import { isLive } from '../core/versions.ts'
import type { Membership } from '../store/memberships.ts'
import { hint } from './hint.ts'
import type { Services } from './services.ts'

/**
 * Puts a user into a group, or gives another role: the index entry, then rows for the user's open connections, then the
 * membership itself, then a hint. Before the membership is true, every connection of the user has its row, whether it opened
 * before this began or meanwhile.
 *
 * @returns the membership, and whether the user is new in the group
 * @throws GrantwireError last_admin where the group would have no admin left
 */
export async function addMember(
  services: Pick<Services, 'memberships' | 'connections' | 'poster' | 'clock' | 'rate' | 'random'>,
  group: string,
  user: string,
  role: Role,
): Promise<{ membership: Membership; isNew: boolean }> {
  const { memberships, connections, clock } = services
  const before = await memberships.get(group, user)
  await memberships.putIndex(group, user)
  const open = await connections.ofUser(user)
  await connections.ensureRows(open.map(connection => ({ connection, group })))
  const membership = { group, user, role, since: before?.since ?? iso(clock.now()) }
  if (before?.role === 'admin' && role === 'member')
    await keepAnAdmin(services, before, () => memberships.put(membership))
  else await memberships.put(membership)
  if (before?.role !== role) await hint(services, user, { event: 'MembershipChanged', group, role })
  return { membership, isNew: before === undefined }
}

/**
 * Takes a user out of a group: deletes the membership, and nothing else. Rows and index may say too much; the membership is
 * read after every version, so from the moment that this returns no later version reaches the user.
 *
 * The hint comes after: the caller may answer first.
 *
 * @throws GrantwireError member_not_found, or last_admin where the group would have no admin left
 */
export async function removeMember(
  { memberships }: Pick<Services, 'memberships'>,
  group: string,
  user: string,
): Promise<void> {
  const before = await memberships.get(group, user)
  if (before === undefined) throw notAMember(group, user)
  const remove = async (): Promise<void> => {
    if (!(await memberships.delete(group, user))) throw notAMember(group, user)
  }
  if (before.role === 'admin') await keepAnAdmin({ memberships }, before, remove)
  else await remove()
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
 * Takes an admin's role away, unless nobody else has it. Two admins who take it from each other at the same time both see
 * nobody left afterwards, and both are restored.
 */
async function keepAnAdmin(
  { memberships }: Pick<Services, 'memberships'>,
  admin: Membership,
  takeAway: () => Promise<void>,
): Promise<void> {
  const refused = new GrantwireError(
    'last_admin',
    `${admin.user} is the last admin of ${admin.group}. Make somebody else an admin first.`,
  )
  if (!(await hasOtherAdmin(memberships, admin))) throw refused
  await takeAway()
  if (await hasOtherAdmin(memberships, admin)) return
  await memberships.put(admin)
  throw refused
}

async function hasOtherAdmin(memberships: Services['memberships'], { group, user }: Membership): Promise<boolean> {
  for await (const member of memberships.of(group)) if (member.role === 'admin' && member.user !== user) return true
  return false
}

/** @throws GrantwireError group_not_found */
export async function requireGroup({ log }: Pick<Services, 'log'>, group: string): Promise<void> {
  if (!isLive(await log.newest(`group:${group}`))) throw noSuchGroup(group)
}

const notAMember = (group: string, user: string): GrantwireError =>
  new GrantwireError('member_not_found', `${user} is not a member of ${group}.`)
