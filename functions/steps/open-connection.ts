import type { Connection } from '../store/connections.ts'
import type { Services } from './services.ts'

/**
 * `$connect`: the user row, then the user's groups, then a row in each; only then may the connection open. An adder that
 * writes the index after it was read here finds the user row; one that wrote it before is seen here. Either way the row is
 * there before the connection is.
 */
export async function openConnection(
  { connections, memberships }: Pick<Services, 'connections' | 'memberships'>,
  connection: Connection,
): Promise<void> {
  await connections.putUserRow(connection)
  const index = await memberships.indexOf(connection.user)
  await connections.putGroupRows(
    connection,
    index.map(entry => entry.group),
  )
}
