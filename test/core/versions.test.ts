import { expect, test } from 'vitest'
import { nextVersion, type VersionRecord } from '../../functions/core/versions.ts'
import { MAX_SETTINGS_BYTES } from '../../protocol/limits.ts'

const author = { updatedBy: 'alice', updatedAt: '2026-01-01T00:00:00.000Z', commitId: 'c' }
const at = (version: number, more: Partial<VersionRecord> = {}): VersionRecord => ({
  subject: 'group:eng',
  version,
  settings: { a: true },
  change: {},
  tombstone: false,
  ...author,
  ...more,
})

test('versions count from 1', () => {
  const first = nextVersion('group:eng', undefined, { kind: 'patch', change: { a: true } }, author)
  expect(first).toMatchObject({ version: 1, settings: { a: true }, change: { a: true }, updatedBy: 'alice' })
  expect(nextVersion('group:eng', at(7), { kind: 'patch', change: { b: 1 } }, author)).toMatchObject({
    version: 8,
    settings: { a: true, b: 1 },
  })
})

test('a patch that changes nothing makes no version', () => {
  expect(nextVersion('group:eng', at(7), { kind: 'patch', change: { a: true, gone: null } }, author)).toBeUndefined()
})

test('an empty patch of a user without settings makes the first version', () => {
  expect(nextVersion('user:bob', undefined, { kind: 'patch', change: {} }, author)).toMatchObject({ version: 1 })
})

test('deleting makes a tombstone, and what follows it begins anew with a higher version', () => {
  const grave = nextVersion('group:eng', at(7), { kind: 'delete' }, author)
  expect(grave).toMatchObject({ version: 8, settings: {}, tombstone: true })
  expect(nextVersion('group:eng', grave, { kind: 'replace', settings: { b: 1 } }, author)).toMatchObject({
    version: 9,
    settings: { b: 1 },
    tombstone: false,
  })
})

test('going back records what changed', () => {
  expect(nextVersion('group:eng', at(7), { kind: 'replace', settings: { b: 1 } }, author)).toMatchObject({
    settings: { b: 1 },
    change: { a: null, b: 1 },
  })
})

test('settings or changes over the limit are refused, one at the limit is not', () => {
  const exactly = { a: 'x'.repeat(MAX_SETTINGS_BYTES - 8) }
  expect(Buffer.byteLength(JSON.stringify(exactly))).toBe(MAX_SETTINGS_BYTES)
  expect(nextVersion('group:eng', undefined, { kind: 'patch', change: exactly }, author)).toBeDefined()
  const over = { a: `${exactly.a}x` }
  expect(() => nextVersion('group:eng', undefined, { kind: 'patch', change: over }, author)).toThrow(/28673 bytes/)
})
