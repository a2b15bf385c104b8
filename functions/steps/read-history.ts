import { subjectOf } from '../../protocol/ids.ts'
import { noSuchGroup } from '../core/errors.ts'
import type { VersionRecord } from '../core/versions.ts'
import type { Services } from './services.ts'

/**
 * The versions of a group, newest first. The versions are read first, then it is asked whether the caller may see them: nobody
 * reads what was made after they were removed.
 *
 * @param permission rejects where the caller may not read them
 * @param before only versions below this one
 * @throws GrantwireError group_not_found
 */
export async function readHistory(
  { log }: Pick<Services, 'log'>,
  group: string,
  permission: () => Promise<void>,
  limit: number,
  before?: number,
): Promise<VersionRecord[]> {
  const records = await log.history(subjectOf('group', group), limit, before)
  if (records.length === 0 && before === undefined) throw noSuchGroup(group)
  await permission()
  return records
}
