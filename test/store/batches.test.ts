import { BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, expect, test } from 'vitest'
import { batchGet, batchWrite, type Key, type Table, type Write } from '../../functions/store/table.ts'

/** What DynamoDB leaves of a batch: an engine on one machine never leaves anything, so the client is a stand-in. */
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }))
const mock = mockClient(client)
const waits: number[] = []
const table: Table = {
  name: 't',
  client,
  clock: { now: () => 0, sleep: ms => (waits.push(ms), Promise.resolve()) },
}
beforeEach(() => {
  mock.reset()
  waits.length = 0
})

const keys = (count: number): Key[] => Array.from({ length: count }, (_, i) => ({ pk: 'p', sk: String(i) }))
const deletes = (count: number): Write[] => keys(count).map(Key => ({ DeleteRequest: { Key } }))

test('what was left is asked for again until all is there', async () => {
  const asked: number[] = []
  mock.on(BatchGetCommand).callsFake((input: { RequestItems: { t: { Keys: Key[]; ConsistentRead: boolean } } }) => {
    const { Keys, ConsistentRead } = input.RequestItems.t
    expect(ConsistentRead).toBe(true)
    asked.push(Keys.length)
    const done = Math.ceil(Keys.length * 0.6)
    const left = Keys.slice(done)
    return {
      Responses: { t: Keys.slice(0, done) },
      ...(left.length === 0 ? {} : { UnprocessedKeys: { t: { Keys: left } } }),
    }
  })
  expect(await batchGet(table, keys(110))).toHaveLength(110)
  expect(asked).toEqual([100, 40, 16, 6, 2, 10, 4, 1])
})

test('writes go 25 at a time, and what was left is sent again after a pause that grows', async () => {
  const sent: number[] = []
  mock.on(BatchWriteCommand).callsFake((input: { RequestItems: { t: Write[] } }) => {
    sent.push(input.RequestItems.t.length)
    const left = sent.length <= 2 ? input.RequestItems.t.slice(10) : []
    return { UnprocessedItems: left.length === 0 ? {} : { t: left } }
  })
  await batchWrite(table, deletes(30))
  expect(sent).toEqual([25, 15, 5, 5])
  expect(waits).toHaveLength(2)
  expect(waits[0]).toBeLessThan(100)
  expect(waits[1]).toBeLessThan(200)
})

test('a table that never does anything is given up after six attempts', async () => {
  mock.on(BatchWriteCommand).callsFake((input: { RequestItems: object }) => ({ UnprocessedItems: input.RequestItems }))
  mock.on(BatchGetCommand).callsFake((input: { RequestItems: object }) => ({ UnprocessedKeys: input.RequestItems }))
  await expect(batchWrite(table, deletes(3))).rejects.toThrow('DynamoDB left 3 writes undone after 6 attempts')
  await expect(batchGet(table, keys(4))).rejects.toThrow('DynamoDB left 4 keys unread after 6 attempts')
  expect(mock.calls()).toHaveLength(12)
})

test('nothing is asked for nothing', async () => {
  await batchWrite(table, [])
  expect(await batchGet(table, [])).toEqual([])
  expect(mock.calls()).toEqual([])
})
