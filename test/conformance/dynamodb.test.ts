import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { createAwsEndpoint } from '../../local/aws-endpoint.ts'
import { Meter } from '../../local/billing/meter.ts'
import { ServiceCalls } from '../../local/billing/service-calls.ts'
import { startDynamoDb } from '../../local/dynamodb/engine.ts'
import { Replica } from '../../local/dynamodb/replica.ts'
import { Faults } from '../../local/faults/faults.ts'
import { closeAll, listen } from '../support/gateway.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { gateWith } from '../support/template.ts'
import { aws } from './source.ts'

const GUIDE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/'
const API = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/'
const CONSISTENCY = `${GUIDE}HowItWorks.ReadConsistency.html`

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' })
const { gate, principal, template } = gateWith([{ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }], {
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [text('pk'), text('sk'), text('owner')],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    },
  },
})
const TableName = 'Small-Table'
const clock = new ManualClock()
const LAG_MS = 1_000
const faults = new Faults({ seed: 1 })
let client: DynamoDBClient
let replica: Replica

beforeAll(async () => {
  const engine = await startDynamoDb(template.tables())
  replica = await Replica.start(template.tables(), engine, clock, LAG_MS)
  const billing = new ServiceCalls(new Meter(clock), template.tables())
  const endpoint = await listen(
    createAwsEndpoint({ gate, billing, dynamoDbUrl: engine.url, sqsUrl: '', replica, faults }),
  )
  client = new DynamoDBClient({
    endpoint: endpoint.origin,
    region: 'us-east-1',
    credentials: principal,
    maxAttempts: 1,
  })
  return async () => {
    client.destroy()
    await closeAll()
    await replica.close()
    await engine.close()
  }
})
beforeEach(() => replica.catchUp())

const key = (pk: string, sk = 'x') => ({ pk: { S: pk }, sk: { S: sk } })
const put = (Item: object) => client.send(new PutItemCommand({ TableName, Item: Item as never }))
const puts = (keys: object[]) => keys.map(Item => ({ PutRequest: { Item: Item as never } }))

test(aws('17 a read that is not strongly consistent can be behind, and catches up', CONSISTENCY), async () => {
  const read = async (ConsistentRead: boolean) =>
    (await client.send(new GetItemCommand({ TableName, Key: key('late'), ConsistentRead }))).Item?.['n']?.N
  const query = async (ConsistentRead: boolean) => {
    const ExpressionAttributeValues = { ':pk': { S: 'late' } }
    const input = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues, ConsistentRead }
    return (await client.send(new QueryCommand(input))).Items?.[0]?.['n']?.N
  }
  const batch = async (ConsistentRead: boolean) => {
    const RequestItems = { [TableName]: { Keys: [key('late')], ConsistentRead } }
    return (await client.send(new BatchGetItemCommand({ RequestItems }))).Responses?.[TableName]?.[0]?.['n']?.N
  }
  await put({ ...key('late'), n: { N: '1' } })
  await replica.catchUp()
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: key('late'),
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '2' } },
    }),
  )
  for (const way of [read, query, batch]) expect([await way(true), await way(false)]).toEqual(['2', '1'])
  clock.advance(LAG_MS)
  await replica.catchUp()
  for (const way of [read, query, batch]) expect([await way(true), await way(false)]).toEqual(['2', '2'])
})

test(aws('17 a batch of writes and a delete can be late as well', CONSISTENCY), async () => {
  const read = async () => (await client.send(new GetItemCommand({ TableName, Key: key('batch') }))).Item
  await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts([key('batch')]) } }))
  expect(await read()).toBeUndefined()
  await replica.catchUp()
  expect(await read()).toEqual(key('batch'))
  await client.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: key('batch') } }] } }),
  )
  expect(await read()).toEqual(key('batch'))
  await replica.catchUp()
  expect(await read()).toBeUndefined()
})

test(aws('17 a global index is always eventually consistent', `${GUIDE}GSI.html`), async () => {
  const byOwner = (ConsistentRead: boolean) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: 'byOwner',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'bob' } },
        ConsistentRead,
      }),
    )
  await put({ ...key('indexed'), owner: { S: 'bob' } })
  expect((await byOwner(false)).Items).toEqual([])
  await expect(byOwner(true)).rejects.toThrow('Consistent reads are not supported on global secondary indexes')
  await replica.catchUp()
  expect((await byOwner(false)).Items).toHaveLength(1)
})

test.each(['connection', 'group', 'user', 'role', 'status', 'name', 'ttl', 'data', 'connect', 'disconnect'])(
  aws('17 %s is a reserved word: an expression must call it by another name', `${GUIDE}ReservedWords.html`),
  async word => {
    const update = (name: string, ExpressionAttributeNames?: Record<string, string>) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('words'),
          UpdateExpression: `SET ${name} = :v`,
          ExpressionAttributeValues: { ':v': { S: 'x' } },
          ...(ExpressionAttributeNames === undefined ? {} : { ExpressionAttributeNames }),
        }),
      )
    await expect(update(word)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`reserved keyword: ${word}`) as string,
    })
    await update('#name', { '#name': word })
  },
)

test(aws('17 a query answers 1 MB at most, and where to go on', `${GUIDE}Query.Pagination.html`), async () => {
  const value = 'x'.repeat(350 * 1024)
  for (const sk of ['1', '2', '3', '4']) await put({ ...key('large', sk), value: { S: value } })
  const page = (ExclusiveStartKey?: object) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'large' } },
        ConsistentRead: true,
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey: ExclusiveStartKey as never }),
      }),
    )
  const first = await page()
  expect(first.Items!.length).toBeLessThan(4)
  expect(first.LastEvaluatedKey).toBeDefined()
  const second = await page(first.LastEvaluatedKey)
  expect([...first.Items!, ...second.Items!].map(({ sk }) => sk!.S)).toEqual(['1', '2', '3', '4'])
})

test(aws('17 an item over 400 KB is refused', `${GUIDE}Constraints.html`), async () => {
  await expect(put({ ...key('huge'), value: { S: 'x'.repeat(400 * 1024) } })).rejects.toThrow(
    'Item size has exceeded the maximum allowed size',
  )
})

test(aws('17 a batch writes 25 items at most, each once', `${API}API_BatchWriteItem.html`), async () => {
  const keys = Array.from({ length: 26 }, (_, i) => key('many', String(i)))
  const write = (some: object[]) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts(some) } }))
  await expect(write(keys)).rejects.toMatchObject({ name: 'ValidationException' })
  await write(keys.slice(1))
  await expect(write([key('many'), key('many')])).rejects.toThrow('duplicates')
})

test(aws('17 a batch reads 100 items at most', `${API}API_BatchGetItem.html`), async () => {
  const Keys = Array.from({ length: 101 }, (_, i) => key('many', String(i)))
  const read = (some: typeof Keys) =>
    client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: some } } }))
  await expect(read(Keys)).rejects.toMatchObject({ name: 'ValidationException' })
  await read(Keys.slice(1))
})

test(aws('17 a batch can leave a part undone, on request', `${API}API_BatchWriteItem.html`), async () => {
  const stop = faults.add({ on: 'dynamodb:Batch*', fault: 'unprocessed' })
  const keys = ['1', '2', '3', '4'].map(sk => key('part', sk))
  const written = await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts(keys) } }))
  expect(written.UnprocessedItems?.[TableName]).toEqual(puts(keys.slice(2)))
  const read = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }),
  )
  expect(read.Responses?.[TableName]).toHaveLength(2)
  expect(read.UnprocessedKeys?.[TableName]?.Keys).toHaveLength(2)
  stop()
})

test(
  aws(
    '17 an item that has expired is still there, since TTL deletes it some days later',
    `${GUIDE}ttl-expired-items.html`,
  ),
  async () => {
    await put({ ...key('expired'), expiresAt: { N: '1' } })
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('expired'), ConsistentRead: true }))
    expect(Item?.['expiresAt']?.N).toBe('1')
  },
)

test(
  aws(
    '17 a transaction takes 100 actions at most, and none where the engine has none',
    `${API}API_TransactWriteItems.html`,
  ),
  async () => {
    const transact = (length: number) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: Array.from({ length }, (_, i) => ({ Put: { TableName, Item: key('together', String(i)) } })),
        }),
      )
    await expect(transact(101)).rejects.toMatchObject({ name: 'ValidationException' })
    // dynalite has no transactions: that is said, and nothing is half done.
    await expect(transact(2)).rejects.toMatchObject({ name: 'UnknownOperationException' })
  },
)
