import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from '../../protocol/ids.ts'
import type { VersionRecord } from '../../functions/core/versions.ts'
import { packJson, unpackJson } from '../../functions/store/packed-json.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'
import { openTable, type TestTable } from './tables.ts'

let table: TestTable
let log: SettingsLog

beforeAll(async () => {
  table = await openTable()
  log = new SettingsLog(table, 30)
})
afterAll(() => table.close())

const record = (subject: Subject, version: number, more: Partial<VersionRecord> = {}): VersionRecord => ({
  subject,
  version,
  settings: { n: version },
  change: { n: version },
  updatedBy: 'alice',
  updatedAt: '2026-01-01T00:00:00.000Z',
  tombstone: false,
  commitId: `${subject}-${version}`,
  ...more,
})

/** Settings of about 28 KiB, as they are in practice: names with dots, most of them permissions. */
const large = Object.fromEntries(
  Array.from({ length: 800 }, (_, i) => [`module-${i % 40}.feature-${i}.write`, i % 3 === 0]),
)

test('large settings are read as they were written, and take a few KB', async () => {
  const written = record('group:large', 1, { settings: large, change: large })
  await log.append(written)
  expect(await log.newest('group:large')).toEqual(written)
  const text = JSON.stringify(large)
  expect(text.length).toBeGreaterThan(25_000)
  expect(packJson(large).length).toBeLessThan(text.length / 4)
})

test('what is neither text nor deflated is refused, and nothing is inflated without end', () => {
  expect(() => unpackJson(new Uint8Array([1, 2, 3]))).toThrow()
  expect(() => unpackJson(deflateRawSync('1'.repeat(1_000_000)))).toThrow(/larger|length/i)
})

/** Commits versions 1 to `last`. */
async function fill(subject: Subject, last: number): Promise<void> {
  for (let version = 1; version <= last; version++) await log.append(record(subject, version))
}

test('a version is read as it was written', async () => {
  const written = record('group:eng', 1, {
    settings: { '': 1, __proto__x: true, nested: { deep: [null, 1.5, 'é', 9_007_199_254_740_991] } },
    tombstone: true,
  })
  expect(await log.append(written)).toBe(true)
  expect(await log.newest('group:eng')).toEqual(written)
  expect(await log.version('group:eng', 1)).toEqual(written)
})

test('the newest of many is that with the highest number, of this subject only', async () => {
  await fill('group:many', 12)
  await fill('user:many', 3)
  expect((await log.newest('group:many'))?.version).toBe(12)
  expect((await log.newest('user:many'))?.version).toBe(3)
  expect(await log.newest('group:man')).toBeUndefined()
})

test('what is not newer is not read', async () => {
  await fill('group:known', 2)
  expect((await log.newerThan('group:known', 1))?.version).toBe(2)
  expect(await log.newerThan('group:known', 2)).toBeUndefined()
  expect(await log.newerThan('group:known', 9_999_999_999)).toBeUndefined()
})

test('of 20 writers of one version exactly one commits', async () => {
  const writers = Array.from({ length: 20 }, (_, i) => record('group:race', 1, { commitId: `w${i}`, settings: { i } }))
  const outcomes = await Promise.all(writers.map(writer => log.append(writer)))
  expect(outcomes.filter(Boolean)).toHaveLength(1)
  expect((await log.newest('group:race'))?.commitId).toBe(`w${outcomes.indexOf(true)}`)
})

test('a commit that is sent again finds itself', async () => {
  const mine = record('group:again', 1)
  expect([await log.append(mine), await log.append(mine)]).toEqual([true, true])
  expect(await log.append({ ...mine, commitId: 'other' })).toBe(false)
})

test('history goes from newest to oldest, page by page', async () => {
  await fill('group:history', 7)
  const first = await log.history('group:history', 3)
  const second = await log.history('group:history', 3, first.at(-1)!.version)
  const third = await log.history('group:history', 3, second.at(-1)!.version)
  expect([first, second, third].map(page => page.map(({ version }) => version))).toEqual([[7, 6, 5], [4, 3, 2], [1]])
  expect(await log.history('group:history', 3, 1)).toEqual([])
})

test('history of more than 1 MB is read over its pages', async () => {
  const settings = { text: 'x'.repeat(28_000) }
  for (let version = 1; version <= 40; version++) await log.append(record('group:large', version, { settings }))
  expect((await log.history('group:large', 100)).map(({ version }) => version)).toEqual(
    Array.from({ length: 40 }, (_, i) => 40 - i),
  )
})

test('a version whose retention is over is not shown, though TTL has not deleted it; the newest always is', async () => {
  await fill('group:old', 2)
  await log.supersede('group:old', 1)
  expect(await log.version('group:old', 1)).toBeDefined()
  table.clock.ms += 31 * 86_400_000
  expect(await log.version('group:old', 1)).toBeUndefined()
  expect((await log.history('group:old', 10)).map(({ version }) => version)).toEqual([2])
  expect((await log.newest('group:old'))?.version).toBe(2)
})

test('a mark changes nothing but itself, and makes no version', async () => {
  await fill('group:told', 1)
  await log.markAnnounced('group:told', 1, '2026-01-02T00:00:00.000Z')
  expect(await log.newest('group:told')).toEqual({
    ...record('group:told', 1),
    announcedAt: '2026-01-02T00:00:00.000Z',
  })
  await log.markAnnounced('group:told', 5, '2026-01-02T00:00:00.000Z')
  await log.supersede('group:told', 6)
  expect((await log.newest('group:told'))?.version).toBe(1)
})
