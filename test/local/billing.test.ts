import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Bill } from '../../local/billing/bill.ts'
import { Meter } from '../../local/billing/meter.ts'
import { tableOf } from '../../local/billing/table.ts'
import { getToken } from '../../local/tokens.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { LocalRun, startLocalRun, type TestSocket } from '../support/local-run.ts'

/*
 * What each path costs, counted on the running stack. The expectations are computed by hand from the rules of AWS and the
 * formulas in docs/guarantees.md, "What it costs": a path that costs more fails here.
 */

let run: LocalRun

beforeAll(async () => {
  run = await startLocalRun()
  await run.makeGroup('one', 'alice', ['bob', 'carol', 'dora', 'emil'], { a: true })
  await run.makeGroup('two', 'alice', ['bob'], { b: true })
  await run.makeGroup('three', 'alice', ['bob'], { c: true })
})
afterAll(() => run.close())
beforeEach(() => run.stack.bill.reset())

const bill = (): Bill => run.stack.bill.snapshot()

/** The read and write units of a function, over all its calls. */
function unitsOf(caller: string, { dynamoDb }: Bill): { reads: number; writes: number } {
  const uses = dynamoDb.filter(use => use.caller === caller)
  return {
    reads: uses.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writes: uses.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
  }
}

/** What was billed for this. Re-checks of what was before come when they come: their function is not looked at. */
async function costOf(work: () => Promise<unknown>): Promise<Bill> {
  run.stack.bill.reset()
  await work()
  return bill()
}

/** Closes sockets, and waits until `$disconnect` has run for each. */
async function leave(...sockets: TestSocket[]): Promise<void> {
  const before = bill().lambda['disconnect']?.invocations ?? 0
  for (const socket of sockets) socket.terminate()
  const left = (): number => (bill().lambda['disconnect']?.invocations ?? 0) - before
  await expect.poll(left, { timeout: 20_000 }).toBe(sockets.length)
}

const invocations = ({ lambda }: Bill): Record<string, number> =>
  Object.fromEntries(
    Object.entries(lambda)
      .filter(([name]) => name !== 'fan-out')
      .map(([name, use]) => [name, use.invocations]),
  )
const documents = (known: number): Record<string, number> => ({
  'user:bob': 0,
  'group:one': known,
  'group:two': known,
  'group:three': known,
})

test('$connect: a user row, the index, a row in each of three groups; two Lambdas, and no message', async () => {
  let bob: TestSocket | undefined
  const cost = await costOf(async () => (bob = await run.connect('bob')))
  expect(invocations(cost)).toEqual({ authorize: 1, connect: 1 })
  expect(unitsOf('connect', cost)).toEqual({ reads: 1, writes: 1 + 3 })
  const caller = 'connect'
  expect(cost.dynamoDb).toEqual([
    { caller, table: 'Connections', operation: 'PutItem', calls: 1, readUnits: 0, writeUnits: 1 },
    { caller, table: 'Settings', operation: 'Query', calls: 1, readUnits: 1, writeUnits: 0 },
    { caller, table: 'Connections', operation: 'BatchWriteItem', calls: 1, readUnits: 0, writeUnits: 3 },
  ])
  expect(cost.webSocket).toMatchObject({ connects: 1, received: { count: 0 }, answered: { count: 0 } })
  await leave(bob!)
})

test('sync: 3 + 3 g read units where nothing is new, no write, one message each way', async () => {
  const bob = await run.join('bob', documents(0))
  const cost = await costOf(async () => {
    bob.send({ event: 'sync', known: documents(1) })
    expect(await bob.next('Synced')).toMatchObject({ documents: [], gone: [] })
  })
  expect(invocations(cost)).toEqual({ sync: 1 })
  expect(unitsOf('sync', cost)).toEqual({ reads: 3 + 3 * 3, writes: 0 })
  expect(cost.webSocket).toMatchObject({ received: { units: 1 }, answered: { units: 1 }, posted: { units: 0 } })
  await leave(bob)
})

test('renew: a write for each row, one read of the index', async () => {
  const bob = await run.join('bob')
  const token = await getToken(run.stack, { who: { user: 'bob' }, expiresIn: 7_200 })
  const cost = await costOf(async () => {
    bob.send({ event: 'renew', token })
    await bob.next('Renewed')
  })
  expect(unitsOf('renew', cost)).toEqual({ reads: 1, writes: 1 + 3 })
  await leave(bob)
})

test('an update to n members: n posts, three writes (commit, announced, retention), and reads that do not grow with n up to some 30', async () => {
  const sockets = await Promise.all(['bob', 'carol', 'dora', 'emil'].map(user => run.join(user)))
  const cost = await costOf(() => run.expect(200, 'alice', 'PATCH', '/groups/one', { a: false }))
  expect(invocations(cost)).toEqual({ 'update-settings': 1 })
  // Newest version, role, members; rows.
  expect(unitsOf('update-settings', cost)).toEqual({ reads: 3 + 1, writes: 3 })
  expect(cost.sqs).toMatchObject({ SendMessage: { count: 1, units: 1 } })
  expect(cost.http).toMatchObject({ count: 1, units: 1 })
  expect(cost.webSocket).toMatchObject({ posted: { count: 4, units: 4 }, received: { count: 0 } })
  await leave(...sockets)
})

test('an update that changes nothing writes nothing and posts nothing', async () => {
  await run.expect(200, 'alice', 'PATCH', '/groups/two', { same: 1 })
  const cost = await costOf(() => run.expect(200, 'alice', 'PATCH', '/groups/two', { same: 1 }))
  expect(unitsOf('update-settings', cost)).toEqual({ reads: 2, writes: 0 })
  expect(cost.webSocket.posted.count).toBe(0)
})

test('an update of 28 KB of permissions takes 3 writes of 4 to 5 units, not of 28', async () => {
  const names = Array.from({ length: 800 }, (_, i) => `module-${i % 40}.feature-${i}.write`)
  await run.makeGroup('wide', 'alice', [], Object.fromEntries(names.map(name => [name, true])))
  const cost = await costOf(() =>
    run.expect(200, 'alice', 'PATCH', '/groups/wide', { 'module-1.feature-1.write': false }),
  )
  const { reads, writes } = unitsOf('update-settings', cost)
  // Version 1 holds the whole as its change, too: its retention takes twice what the other two writes take.
  expect(writes).toBeLessThanOrEqual(5 + 5 + 10)
  // The newest version, then role, rows and members.
  expect(reads).toBeLessThanOrEqual(3 + 3)
})

test('$disconnect: the index, and a delete for each row', async () => {
  const bob = await run.join('bob')
  const cost = await costOf(() => leave(bob))
  expect(unitsOf('disconnect', cost)).toEqual({ reads: 1, writes: 1 + 3 })
})

test('GET /me: 2 + 2 g read units; one HTTP request', async () => {
  const cost = await costOf(() => run.expect(200, 'bob', 'GET', '/me'))
  expect(unitsOf('read-settings', cost)).toEqual({ reads: 2 + 2 * 3, writes: 0 })
  expect(cost.http).toMatchObject({ count: 1 })
})

test('what the authorizer refuses is no request that is billed', async () => {
  expect((await run.request(undefined, 'GET', '/me')).status).toBe(401)
  expect(bill().http.count).toBe(0)
  expect(invocations(bill())).toEqual({})
})

test('a connection is billed for the time that it is open, also while it is', () => {
  const clock = new ManualClock()
  const meter = new Meter(clock)
  meter.connectionOpened('one')
  clock.advance(90_000)
  meter.connectionOpened('two')
  meter.connectionClosed('one')
  clock.advance(30_000)
  meter.connectionClosed('one')
  expect(meter.snapshot().webSocket).toMatchObject({ connects: 2, connectionMinutes: 2 })
  meter.reset()
  clock.advance(60_000)
  expect(meter.snapshot().webSocket).toMatchObject({ connects: 0, connectionMinutes: 1 })
})

test('a post of 32 KB is one unit, a byte more would be two', () => {
  const { bill: meter } = run.stack
  meter.message('posted', 32 * 1024)
  meter.message('posted', 32 * 1024 + 1)
  meter.httpRequest(512 * 1024 + 1, 0)
  meter.sqs('SendMessage', 64 * 1024 + 1)
  const { webSocket, http, sqs } = bill()
  expect(webSocket.posted).toEqual({ count: 2, units: 1 + 2, bytes: 64 * 1024 + 1 })
  expect(http.units).toBe(2)
  expect(sqs['SendMessage']?.units).toBe(2)
})

test('what tests put into the database themselves is not on the bill, and the table names every line', async () => {
  const { tableName } = run.stack.template.tables()[0]!
  const item = { pk: { S: 'TEST' }, sk: { S: 'x' } }
  await run.stack.dynamoDb.client.send(new PutItemCommand({ TableName: tableName, Item: item }))
  expect(bill().dynamoDb.filter(({ operation }) => operation === 'PutItem')).toEqual([])
  await run.expect(200, 'bob', 'GET', '/me')
  expect(tableOf(bill())).toMatch(/Lambda +read-settings +1 +[\d.]+ GB-s/)
  expect(tableOf(bill())).toMatch(/DynamoDB +read-settings: Query Settings +5 +5 read units/)
})
