import type { Connection } from '../store/connections.ts'
import type { Services } from './services.ts'

/**
 * `renew`: the connection's rows learn the new expiry, the user row first, so that whoever adds the user to a group
 * meanwhile copies the new one or is seen here. An expiry only ever grows.
 */
export async function renew(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  connection: Connection,
): Promise<void> {
  await connections.ensureRows([{ connection }])
  const index = await memberships.indexOf(connection.user)
  await connections.ensureRows(index.map(({ group }) => ({ connection, group })))
}
