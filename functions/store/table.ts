import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { AWS_CLIENT } from '../core/aws-client.ts'
import type { Clock } from '../core/clock.ts'

/** One DynamoDB table, and what every entity of it needs. Every read is strongly consistent: see docs/guarantees.md. */
export interface Table {
  readonly name: string
  readonly client: Pick<DynamoDBDocumentClient, 'send'>
  readonly clock: Clock
}

export interface Key {
  pk: string
  sk: string
}
export type Item = Record<string, unknown> & Key

/** A client whose address and credentials come from the environment, as the SDK defines it. */
export function documentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(AWS_CLIENT), {
    marshallOptions: { removeUndefinedValues: true },
  })
}

/** Whether the condition of a write held. @throws any other failure of it */
export async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

type RangeQuery = Omit<QueryCommandInput, 'TableName' | 'ConsistentRead' | 'ExclusiveStartKey'>

/** The items of a query, page by page (1 MB at most each), read as they are asked for. */
export async function* query(table: Table, input: RangeQuery): AsyncGenerator<Item> {
  let start: Record<string, unknown> | undefined
  do {
    const page = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        ConsistentRead: true,
        ...input,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    )
    for (const item of page.Items ?? []) yield item as Item
    start = page.LastEvaluatedKey
  } while (start !== undefined)
}

/** The first item of a query, which should carry `Limit: 1`. */
export async function queryFirst(table: Table, input: RangeQuery): Promise<Item | undefined> {
  const page = await table.client.send(
    new QueryCommand({ TableName: table.name, ConsistentRead: true, Limit: 1, ...input }),
  )
  return page.Items?.[0] as Item | undefined
}

/** BatchGetItem takes 100 keys, BatchWriteItem 25 requests (DynamoDB API reference). */
const READ_BATCH = 100
const WRITE_BATCH = 25
const ATTEMPTS = 6

/** Waits before the n-th attempt at what a batch left unprocessed: full jitter under 50 ms, 100 ms, 200 ms … */
const backOff = (clock: Clock, attempt: number): Promise<void> => clock.sleep(Math.random() * 25 * 2 ** attempt)

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/** The items of these keys that exist, in no order. */
export async function batchGet(table: Table, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = []
  for (const chunk of chunks(keys, READ_BATCH)) {
    let left: Key[] = chunk
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Error(`DynamoDB left ${left.length} keys unread after ${ATTEMPTS} attempts`)
      if (attempt > 1) await backOff(table.clock, attempt)
      const answer = await table.client.send(
        new BatchGetCommand({ RequestItems: { [table.name]: { Keys: left, ConsistentRead: true } } }),
      )
      items.push(...((answer.Responses?.[table.name] ?? []) as Item[]))
      left = (answer.UnprocessedKeys?.[table.name]?.Keys ?? []) as Key[]
    }
  }
  return items
}

/** A request of BatchWriteItem. */
export type Write = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: Key } }

/** Writes and deletes, in no order and without conditions. Deleting what is not there does nothing. */
export async function batchWrite(table: Table, writes: readonly Write[]): Promise<void> {
  for (const chunk of chunks(writes, WRITE_BATCH)) {
    let left: Write[] = chunk
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Error(`DynamoDB left ${left.length} writes undone after ${ATTEMPTS} attempts`)
      if (attempt > 1) await backOff(table.clock, attempt)
      const answer = await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: left } }))
      left = (answer.UnprocessedItems?.[table.name] ?? []) as Write[]
    }
  }
}
