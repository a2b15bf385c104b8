import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { randomUUID } from 'node:crypto'
import type { Item, Table } from '../../functions/store/table.ts'
import { startDynamoDb } from '../../local/dynamodb/engine.ts'

/** A clock that a test sets; nobody waits on it. */
export class SetClock {
  ms = Date.UTC(2026, 0, 1)
  now = (): number => this.ms
  sleep = (): Promise<void> => Promise.resolve()
}

export interface TestTable extends Table {
  clock: SetClock
  /** Writes an item as it is. */
  put(item: Item): Promise<unknown>
  close(): Promise<void>
}

/**
 * An empty table with the keys that both tables of the stack have: on dynalite, or on the DynamoDB that DYNAMODB_ENDPOINT names.
 */
export async function openTable(): Promise<TestTable> {
  const name = `test-${randomUUID()}`
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType })
  const engine = await startDynamoDb(
    [
      {
        tableName: name,
        arn: '',
        keySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
        attributes: ['pk', 'sk'].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
      },
    ],
    process.env['DYNAMODB_ENDPOINT'],
  )
  const client = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } })
  return {
    name,
    client,
    clock: new SetClock(),
    put: Item => client.send(new PutCommand({ TableName: name, Item })),
    close: () => engine.close(),
  }
}

/** Everything that a generator gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
