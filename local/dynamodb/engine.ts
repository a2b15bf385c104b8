import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { REGION } from '../template/physical.ts'
import type { TableDescription } from '../template/stack-template.ts'
import { teachConditionFailures } from './condition-failures.ts'

// Once for all engines of a process: it changes dynalite itself.
teachConditionFailures()

/** A DynamoDB that holds the template's tables. */
export interface DynamoDbEngine {
  /** Where it listens; it asks nobody who they are. */
  url: string
  /** A client of the engine itself, for tests and tools. */
  client: DynamoDBClient
  close(): Promise<void>
}

/**
 * Starts dynalite in this process, or uses the DynamoDB at `endpoint`, and makes the tables anew.
 *
 * @param endpoint such as `http://127.0.0.1:8000`, where Amazon's DynamoDB Local listens
 */
export async function startDynamoDb(tables: readonly TableDescription[], endpoint?: string): Promise<DynamoDbEngine> {
  const server = endpoint === undefined ? dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }) : undefined
  server?.listen(0, '127.0.0.1')
  if (server !== undefined) await once(server, 'listening')
  const url = endpoint ?? `http://127.0.0.1:${(server?.address() as AddressInfo).port}`
  const client = new DynamoDBClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  for (const table of tables) await makeTable(client, table)
  return {
    url,
    client,
    async close() {
      client.destroy()
      if (server === undefined) return
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function makeTable(
  client: DynamoDBClient,
  { tableName, keySchema, attributes, indexes }: TableDescription,
): Promise<void> {
  try {
    await client.send(new DeleteTableCommand({ TableName: tableName }))
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      KeySchema: keySchema,
      AttributeDefinitions: attributes,
      BillingMode: 'PAY_PER_REQUEST',
      ...indexes,
    }),
  )
}
