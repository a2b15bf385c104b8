import type { Connection } from '../store/connections.ts'
import type { Services } from './services.ts'

/**
 * `$disconnect`: deletes the rows of the connection. API Gateway may run this late, twice or never: connection ids are not
 * used again, what stays behind is deleted at the first 410, and by TTL at the latest.
 */
export async function closeConnection(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  connection: Pick<Connection, 'user' | 'connectionId'>,
): Promise<void> {
  const index = await memberships.indexOf(connection.user)
  await connections.deleteRows(
    [connection],
    index.map(entry => entry.group),
  )
}
