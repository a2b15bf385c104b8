import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audienceKey, splitRest } from '../../functions/core/audience.ts'
import { Connections, type Connection } from '../../functions/store/connections.ts'
import { all, openTable, type TestTable } from './tables.ts'

let table: TestTable
let connections: Connections

beforeAll(async () => {
  table = await openTable()
  connections = new Connections(table)
})
afterAll(() => table.close())

const connection = (user: string, connectionId = `${user}-1`, expiresInMs = 3_600_000): Connection => ({
  connectionId,
  user,
  connectedAt: table.clock.now(),
  tokenExpiresAt: table.clock.now() + expiresInMs,
})
const ids = async (subject: `group:${string}` | `user:${string}`): Promise<string[]> =>
  (await all(connections.audience(subject))).map(({ connectionId }) => connectionId)

test('a connection is in the audience of its user and of each group', async () => {
  const bob = connection('auth0|bob:1', 'R0oXAdfD0kwCH6w=')
  await connections.putUserRow(bob)
  const groups = Array.from({ length: 60 }, (_, i) => `in-${i}`)
  await connections.putGroupRows(bob, groups)
  expect(await connections.getUserRow(bob.user, bob.connectionId)).toEqual(bob)
  expect(await connections.ofUser(bob.user)).toMatchObject([bob])
  for (const group of ['in-0', 'in-59'])
    expect(await all(connections.audience(`group:${group}`))).toEqual([
      { ...bob, key: `${audienceKey(bob.user)}#${bob.connectionId}` },
    ])
  await connections.deleteRows([bob], groups)
  await connections.deleteRows([bob], groups)
  expect([await ids('group:in-0'), await ids('group:in-59'), await ids(`user:${bob.user}`)]).toEqual([[], [], []])
})

describe('the audience of a group', () => {
  const people = Array.from({ length: 300 }, (_, i) => `p-${i}`)
  const order = people.toSorted((a, b) => (audienceKey(a) < audienceKey(b) ? -1 : 1)).map(name => `${name}-1`)

  test('comes in order, over pages of 1 MB and over small ones', async () => {
    const row = (name: string) => ({
      pk: 'GROUP#big',
      sk: `${audienceKey(name)}#${name}-1`,
      connectedAt: table.clock.now(),
      tokenExpiresAt: table.clock.now() + 1,
      expiresAt: table.clock.now() / 1000 + 60,
      padding: 'x'.repeat(4_000),
    })
    for (let i = 0; i < people.length; i += 50)
      await Promise.all(people.slice(i, i + 50).map(name => table.put(row(name))))
    expect(await ids('group:big')).toEqual(order)
    const paged = await all(connections.audience('group:big', undefined, 7))
    expect(paged.map(({ connectionId }) => connectionId)).toEqual(order)
  })

  test('falls into parts that hold every row once', async () => {
    const first = (await all(connections.audience('group:big'))).slice(0, 90)
    const rest = splitRest({ after: '', to: 'ff' }, first.at(-1)!.key, first.length, 40)
    expect(rest.length).toBeGreaterThan(3)
    const parts = await Promise.all(rest.map(segment => all(connections.audience('group:big', segment))))
    expect([...first, ...parts.flat()].map(({ connectionId }) => connectionId)).toEqual(order)
  })

  test('is found by keys, in order', async () => {
    const keys = ['p-9', 'p-200', 'nobody'].map(name => `${audienceKey(name)}#${name}-1`)
    const found = await all(connections.rows('group:big', keys))
    expect(found.map(({ connectionId }) => connectionId)).toEqual(order.filter(id => ['p-9-1', 'p-200-1'].includes(id)))
  })
})

test('a row that is over is passed over, though TTL has not deleted it', async () => {
  const eve = connection('eve')
  await connections.putUserRow(eve)
  await connections.putGroupRows(eve, ['ttl'])
  table.clock.ms += (2 * 3_600 + 300) * 1_000 - 1
  expect([await ids('group:ttl'), await ids('user:eve')]).toEqual([['eve-1'], ['eve-1']])
  table.clock.ms += 1
  expect([await ids('group:ttl'), await ids('user:eve')]).toEqual([[], []])
})

describe('rows that are to be', () => {
  const expiryOf = async (user: string): Promise<number | undefined> =>
    (await connections.getUserRow(user, `${user}-1`))?.tokenExpiresAt

  test('are made where they are missing, and keep the later expiry whoever comes last', async () => {
    const early = connection('kim', undefined, 1_000)
    const late = connection('kim', undefined, 2_000)
    await connections.ensureRows([{ connection: early }, { connection: early, group: 'k' }])
    expect(await expiryOf('kim')).toBe(early.tokenExpiresAt)
    await connections.ensureRows([{ connection: late }, { connection: late, group: 'k' }])
    await connections.ensureRows([{ connection: early }, { connection: early, group: 'k' }])
    expect(await expiryOf('kim')).toBe(late.tokenExpiresAt)
    expect((await all(connections.audience('group:k')))[0]?.tokenExpiresAt).toBe(late.tokenExpiresAt)
  })

  test('end with the latest of 20 that write them at once', async () => {
    const writers = Array.from({ length: 20 }, (_, i) => connection('lea', undefined, 1_000 + i))
    await Promise.all(writers.map(writer => connections.ensureRows([{ connection: writer }])))
    expect(await expiryOf('lea')).toBe(writers.at(-1)!.tokenExpiresAt)
  })

  test('are named where they are missing, or know an earlier expiry', async () => {
    const early = connection('moe', undefined, 1_000)
    const late = connection('moe', undefined, 2_000)
    await connections.putGroupRows(early, ['stale'])
    await connections.putGroupRows(late, ['right'])
    expect(await connections.wrongGroupRows(late, ['stale', 'right', 'missing'])).toEqual(['stale', 'missing'])
    expect(await connections.wrongGroupRows(late, [])).toEqual([])
  })
})

describe('the end of a connection', () => {
  const inMs = (user: string, ms: number): Connection => connection(user, undefined, ms)

  test('is decided once: who is renewed is not ended, who is ended is not renewed', async () => {
    const ned = inMs('ned', 1_000)
    await connections.putUserRow(ned)
    expect(await connections.end(ned)).toBe(false)
    expect(await connections.extend(inMs('ned', 2_000))).toBe(true)
    table.clock.ms += 1_500
    expect(await connections.end(ned)).toBe(false)
    table.clock.ms += 500
    expect(await connections.end(ned)).toBe(true)
    expect(await connections.extend(inMs('ned', 2_000))).toBe(false)
    // Whoever failed to close it tries again.
    expect(await connections.end(ned)).toBe(true)
    expect(await connections.ofUser('ned')).toMatchObject([{ tokenExpiresAt: 0 }])
  })

  test('comes for one without a row, which cannot be extended', async () => {
    expect(await connections.extend(inMs('oda', 1_000))).toBe(false)
    expect(await connections.end(inMs('oda', -1))).toBe(true)
    expect(await connections.extend(inMs('oda', 1_000))).toBe(false)
  })

  test('does not come by an earlier or the same expiry, which is no error', async () => {
    const later = inMs('pat', 2_000)
    await connections.putUserRow(later)
    expect([await connections.extend(inMs('pat', 1_000)), await connections.extend(later)]).toEqual([true, true])
    expect(await connections.ofUser('pat')).toMatchObject([{ tokenExpiresAt: later.tokenExpiresAt }])
  })
})
