import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../protocol/documents.ts'
import { audienceKey, WHOLE_AUDIENCE } from '../../functions/core/audience.ts'
import { Memberships } from '../../functions/store/memberships.ts'
import { all, openTable, type TestTable } from './tables.ts'

let table: TestTable
let memberships: Memberships

beforeAll(async () => {
  table = await openTable()
  memberships = new Memberships(table)
})
afterAll(() => table.close())

const since = '2026-01-01T00:00:00.000Z'
const put = (group: string, user: string, role: Role = 'member', version = 1) =>
  memberships.put({ group, user, role, since }, version)
const users = async (group: string): Promise<string[]> => (await all(memberships.of(group))).map(({ user }) => user)

test('a membership is read as it was written', async () => {
  await put('eng', 'auth0|bob:1', 'admin')
  expect(await memberships.get('eng', 'auth0|bob:1')).toEqual({
    group: 'eng',
    user: 'auth0|bob:1',
    role: 'admin',
    since,
  })
  expect(await memberships.get('eng', 'auth0|bob')).toBeUndefined()
})

test('members come in the order of the audience, also over pages and from the middle', async () => {
  const names = Array.from({ length: 60 }, (_, i) => `user-${i}`)
  for (const name of names) await put('order', name)
  const sorted = names.toSorted((a, b) => (audienceKey(a) < audienceKey(b) ? -1 : 1))
  expect(await users('order')).toEqual(sorted)
  expect((await all(memberships.of('order', WHOLE_AUDIENCE, 7))).map(({ user }) => user)).toEqual(sorted)
  // A part of an audience begins within a user's connections, so that user's membership belongs to it.
  const from = audienceKey(sorted[20]!)
  const part = await all(memberships.of('order', { after: `${from}#conn-1`, to: 'ff' }))
  expect(part.map(({ user }) => user)).toEqual(sorted.slice(20))
  const keys = [`${audienceKey('user-3')}#c1`, `${audienceKey('user-3')}#c2`, `${audienceKey('nobody')}#c3`]
  expect((await all(memberships.within('order', keys))).map(({ user }) => user)).toEqual(['user-3'])
})

test('more than 100 memberships are read in batches', async () => {
  const groups = Array.from({ length: 130 }, (_, i) => `g-${i}`)
  for (const group of groups.slice(0, 120)) await put(group, 'busy')
  expect(new Set((await memberships.among(groups, 'busy')).map(({ group }) => group))).toEqual(
    new Set(groups.slice(0, 120)),
  )
})

describe('the last admin', () => {
  test('goes only with a mark, and the mark is given to one at a time', async () => {
    await put('two', 'ann', 'admin')
    const mark = table.clock.now() + 30_000
    expect(await memberships.delete('two', 'ann')).toBe('refused')
    expect(await put('two', 'ann', 'member')).toBe(false)
    expect(await memberships.beginStepDown('two', 'ann', mark)).toBe(true)
    expect(await memberships.beginStepDown('two', 'ann', mark + 1)).toBe(false)
    expect((await all(memberships.of('two')))[0]?.steppingDownUntil).toBe(mark)
    await memberships.endStepDown('two', 'ann', mark + 1)
    expect(await memberships.delete('two', 'ann', mark + 1)).toBe('refused')
    expect(await memberships.delete('two', 'ann', mark)).toBe('deleted')
    expect(await memberships.delete('two', 'ann', mark)).toBe('absent')
  })

  test('may begin anew when the mark is over, or was taken back', async () => {
    await put('three', 'ann', 'admin')
    await memberships.beginStepDown('three', 'ann', table.clock.now() + 1)
    table.clock.ms += 2
    const mark = table.clock.now() + 30_000
    expect(await memberships.beginStepDown('three', 'ann', mark)).toBe(true)
    await memberships.endStepDown('three', 'ann', mark)
    expect((await all(memberships.of('three')))[0]?.steppingDownUntil).toBe(0)
    expect(await memberships.beginStepDown('three', 'bob', mark)).toBe(false)
  })
})

test('a purge deletes what was before the tombstone, and nobody who was added after it', async () => {
  await put('purged', 'old', 'member', 1)
  await put('purged', 'new', 'member', 3)
  for (const user of ['old', 'new']) await memberships.deleteOlder('purged', user, 2)
  expect(await users('purged')).toEqual(['new'])
})

describe('the index of a user', () => {
  test('names every group, and no membership of somebody else', async () => {
    for (const group of ['a', 'b', 'c']) await memberships.putIndex(group, 'ida')
    await memberships.putIndex('d', 'id')
    expect((await memberships.indexOf('ida')).map(({ group }) => group)).toEqual(['a', 'b', 'c'])
  })

  test('over 1 MB is read whole', async () => {
    const group = (i: number): string => `${'g'.repeat(120)}-${i}`
    const writes = Array.from({ length: 120 }, (_, i) =>
      table.put({ pk: 'USER#wide', sk: `GROUP#${group(i)}`, writtenAt: 1, padding: 'x'.repeat(10_000) }),
    )
    await Promise.all(writes)
    expect(await memberships.indexOf('wide')).toHaveLength(120)
  })

  test('loses an entry only if nobody wrote it since it was read', async () => {
    await memberships.putIndex('left', 'ivy')
    const [entry] = await memberships.indexOf('ivy')
    table.clock.ms += 1
    await memberships.putIndex('left', 'ivy')
    await memberships.collectIndex(entry!, 'ivy')
    const [written] = await memberships.indexOf('ivy')
    expect(written).toEqual({ group: 'left', writtenAt: table.clock.now() })
    await memberships.collectIndex(written!, 'ivy')
    await memberships.collectIndex(written!, 'ivy')
    expect(await memberships.indexOf('ivy')).toEqual([])
  })
})
