import { GrantwireError } from '../core/errors.ts'
import type { Memberships } from '../store/memberships.ts'
import type { Caller } from './request.ts'

/** Who may do what: a service may do everything, an admin what concerns the group, a member may read. */

const refuse = (detail: string): never => {
  throw new GrantwireError('forbidden', detail)
}

/** @throws GrantwireError forbidden */
export function requireService({ service }: Caller): void {
  if (!service) refuse('Only a token with the scope grantwire/admin may do this.')
}

/** @throws GrantwireError forbidden */
export function requireSelf(caller: Caller, user: string): void {
  if (!caller.service && caller.user !== user) refuse('A user may only read their own settings.')
}

/** @throws GrantwireError forbidden */
export async function requireAdmin(memberships: Memberships, caller: Caller, group: string): Promise<void> {
  if (caller.service) return
  const membership = await memberships.get(group, caller.user)
  if (membership?.role !== 'admin') refuse(`Only an admin of ${group} may do this.`)
}
