import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDynamoDb, type DynamoDbEngine } from '../../local/dynamodb/engine.ts'
import { MemoryDynamoDb } from './dynamodb.ts'

let engine: DynamoDbEngine
let client: DynamoDBDocumentClient
beforeAll(async () => {
  engine = await startDynamoDb([])
  client = DynamoDBDocumentClient.from(engine.client)
})
afterAll(() => engine.close())

const pk = fc.constantFrom('GROUP#g', 'USER#u')
const sk = fc.constantFrom('A#1', 'A#2', 'B#1', 'B#2', 'C')
const number = fc.integer({ min: 0, max: 2 })
const key = fc.record({ pk, sk })
const item = fc.record({ pk, sk, n: number, role: fc.constantFrom('admin', 'member') })
/** Each form of condition that functions/store has. */
const condition = fc.constantFrom(
  {},
  { ConditionExpression: 'attribute_not_exists(pk)' },
  { ConditionExpression: 'attribute_exists(pk)' },
  { ConditionExpression: 'n = :one', ExpressionAttributeValues: { ':one': 1 } },
  { ConditionExpression: 'n < :one', ExpressionAttributeValues: { ':one': 1 } },
  { ConditionExpression: 'attribute_not_exists(pk) OR n < :one', ExpressionAttributeValues: { ':one': 1 } },
  {
    ConditionExpression: 'attribute_not_exists(pk) OR #role = :member',
    ExpressionAttributeNames: { '#role': 'role' },
    ExpressionAttributeValues: { ':member': 'member' },
  },
  {
    ConditionExpression: '#role = :admin AND (attribute_not_exists(mark) OR mark <= :now)',
    ExpressionAttributeNames: { '#role': 'role' },
    ExpressionAttributeValues: { ':admin': 'admin', ':now': 1 },
  },
)
const returns = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const })
const range = fc.constantFrom(
  { KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to', values: { ':from': 'A#2', ':to': 'B#~' } },
  { KeyConditionExpression: 'pk = :pk AND sk > :after', values: { ':after': 'A#2' } },
  { KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)', values: { ':prefix': 'B#' } },
)
const TableName = 'Table'

/** An operation as the store makes it. */
const operation = fc.oneof(
  fc.record({ item, condition, returns }).map(
    ({ item, condition, returns }) =>
      () =>
        new PutCommand({ TableName, Item: item, ...condition, ...returns }),
  ),
  fc.record({ key, condition, returns }).map(
    ({ key, condition, returns }) =>
      () =>
        new DeleteCommand({ TableName, Key: key, ...condition, ...returns }),
  ),
  fc.record({ key, number, condition }).map(
    ({ key, number, condition: { ...rest } }) =>
      () =>
        new UpdateCommand({
          TableName,
          Key: key,
          ...rest,
          UpdateExpression: 'SET n = :n, mark = :mark',
          ExpressionAttributeValues: {
            ...('ExpressionAttributeValues' in rest ? rest.ExpressionAttributeValues : {}),
            ':n': number,
            ':mark': number,
          },
        }),
  ),
  key.map(key => () => new UpdateCommand({ TableName, Key: key, UpdateExpression: 'REMOVE mark' })),
  key.map(key => () => new GetCommand({ TableName, Key: key, ConsistentRead: true })),
  fc.record({ pk, range, limit: fc.constantFrom(1, 2, 10), forward: fc.boolean() }).map(
    ({ pk, range: { KeyConditionExpression, values }, limit, forward }) =>
      () =>
        new QueryCommand({
          TableName,
          KeyConditionExpression,
          ExpressionAttributeValues: { ':pk': pk, ...values },
          ConsistentRead: true,
          ScanIndexForward: forward,
          Limit: limit,
        }),
  ),
  fc
    .uniqueArray(key, { minLength: 1, maxLength: 4, selector: ({ pk, sk }) => `${pk} ${sk}` })
    .map(keys => () => new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } })),
  fc
    .uniqueArray(fc.record({ item, deleted: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
      selector: ({ item: { pk, sk } }) => `${pk} ${sk}`,
    })
    .map(
      writes => () =>
        new BatchWriteCommand({
          RequestItems: {
            [TableName]: writes.map(({ item, deleted }) =>
              deleted ? { DeleteRequest: { Key: { pk: item.pk, sk: item.sk } } } : { PutRequest: { Item: item } },
            ),
          },
        }),
    ),
)

/** What an operation came to, as far as the store looks at it. */
async function outcomeOf(send: () => Promise<Record<string, unknown>>): Promise<unknown> {
  try {
    const { Item, Items, LastEvaluatedKey, Responses } = await send()
    const found = (Responses as Record<string, { pk: string; sk: string }[]> | undefined)?.[TableName]
    return { Item, Items, LastEvaluatedKey, found: found?.sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1)) }
  } catch (error) {
    const { name, Item } = error as { name: string; Item?: unknown }
    return { name, Item }
  }
}

test('the tables in memory answer as dynalite does', async () => {
  await engine.client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  const memory = new MemoryDynamoDb()
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 40 }), async operations => {
      // Both tables stay as they are from one run to the next, and so must be equal for all of them.
      for (const create of operations) {
        const command = create()
        const theirs = await outcomeOf(() => client.send(command as GetCommand))
        const ours = await outcomeOf(async () => memory.send(create()))
        expect({ operation: command.input, outcome: ours }).toEqual({ operation: command.input, outcome: theirs })
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
}, 120_000)

test('a query gives its items page by page, and none twice', () => {
  const memory = new MemoryDynamoDb({ pageSize: () => 2 })
  for (const sk of ['a', 'b', 'c', 'd', 'e']) memory.send(new PutCommand({ TableName, Item: { pk: 'p', sk } }))
  const seen: unknown[] = []
  let start: Record<string, unknown> | undefined
  do {
    const page = memory.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': 'p', ':after': 'a' },
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    )
    seen.push(...(page['Items'] as { sk: string }[]).map(({ sk }) => sk))
    start = page['LastEvaluatedKey'] as Record<string, unknown> | undefined
  } while (start !== undefined)
  expect(seen).toEqual(['b', 'c', 'd', 'e'])
})

test('a read that is eventually consistent may miss the last writes, one that is strongly consistent may not', () => {
  const memory = new MemoryDynamoDb({ lag: () => 2 })
  const Key = { pk: 'p', sk: 's' }
  for (const n of [1, 2, 3]) memory.send(new PutCommand({ TableName, Item: { ...Key, n } }))
  expect(memory.send(new GetCommand({ TableName, Key })).Item).toMatchObject({ n: 1 })
  expect(memory.send(new GetCommand({ TableName, Key, ConsistentRead: true })).Item).toMatchObject({ n: 3 })
})
