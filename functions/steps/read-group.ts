import type { SettingsDocument } from '../../protocol/documents.ts'
import { subjectOf } from '../../protocol/ids.ts'
import { GrantwireError, noSuchGroup } from '../core/errors.ts'
import { documentOf } from '../core/messages.ts'
import { isLive } from '../core/versions.ts'
import type { Services } from './services.ts'

/**
 * The document of a group, for a member or a service. The document is read first, then the membership: nobody reads what was
 * made after they were removed.
 *
 * @throws GrantwireError group_not_found, forbidden
 */
export async function readGroup(
  { log, memberships }: Pick<Services, 'log' | 'memberships'>,
  caller: { user: string; service: boolean },
  group: string,
): Promise<SettingsDocument> {
  const subject = subjectOf('group', group)
  const record = await log.newest(subject)
  const membership = await memberships.get(group, caller.user)
  if (!isLive(record)) throw noSuchGroup(group)
  if (membership === undefined && !caller.service)
    throw new GrantwireError('forbidden', `Only members of ${group} may read its settings.`)
  return { ...documentOf(subject, record), ...(membership === undefined ? {} : { role: membership.role }) }
}
