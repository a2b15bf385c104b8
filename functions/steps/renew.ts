import type { Connection } from '../store/connections.ts'
import type { Services } from './services.ts'

/**
 * `renew`: the connection's rows learn the new expiry, the user row first, so that whoever adds the user to a group
 * meanwhile copies the new one or is seen here. An expiry only ever grows. A connection that was ended stays so.
 *
 * @param connection as the authorizer knew it
 * @returns 'expired' where the connection is about to be closed, since its token expired before this
 */
export async function renew(
  { connections, memberships, clock }: Pick<Services, 'connections' | 'memberships' | 'clock'>,
  connection: Connection,
  tokenExpiresAt: number,
): Promise<'renewed' | 'expired'> {
  const renewed = { ...connection, tokenExpiresAt }
  if (!(await connections.extend(renewed))) {
    // None but an expired connection is ever ended: where the first token is valid yet, the row was lost.
    if (connection.tokenExpiresAt <= clock.now()) return 'expired'
    await connections.ensureRows([{ connection: renewed }])
  }
  const index = await memberships.indexOf(connection.user)
  await connections.ensureRows(index.map(({ group }) => ({ connection: renewed, group })))
  return 'renewed'
}
