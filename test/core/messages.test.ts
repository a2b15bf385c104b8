import fc from 'fast-check'
import { expect, test } from 'vitest'
import { announcementOf, syncedParts } from '../../functions/core/messages.ts'
import type { VersionRecord } from '../../functions/core/versions.ts'
import type { SettingsDocument } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'
import { MAX_MESSAGE_BYTES, MAX_SETTINGS_BYTES } from '../../protocol/limits.ts'

const record = (text: string): VersionRecord => ({
  subject: `group:${'g'.repeat(128)}`,
  version: 9_999_999_999,
  settings: { text },
  change: { text },
  updatedBy: 'u'.repeat(128),
  updatedAt: '2026-01-01T00:00:00.000Z',
  tombstone: false,
  commitId: 'c',
})
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

test('an update carries its change where both fit one message', () => {
  expect(announcementOf(record('x'))).toMatchObject({
    event: 'UserUpdated',
    settings: { text: 'x' },
    change: { text: 'x' },
  })
})

test('the change is left out where the message would not fit one frame', () => {
  const message = announcementOf(record('x'.repeat(MAX_SETTINGS_BYTES - 11)))
  expect(message).not.toHaveProperty('change')
  expect(bytes(message)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
})

test('the news of a deleted group is that its members are removed', () => {
  expect(announcementOf({ ...record('x'), subject: 'group:eng', tombstone: true })).toEqual({
    event: 'MembershipChanged',
    group: 'eng',
    role: null,
  })
})

test('an answer to sync comes in parts of one frame each, in which everything stands once', () => {
  const head = {
    ref: 'r'.repeat(64),
    connectionId: 'c'.repeat(128),
    keepAliveSeconds: 540,
    serverTime: '2026-01-01T00:00:00.000Z',
  }
  const sizes = fc.array(fc.integer({ min: 0, max: MAX_SETTINGS_BYTES - 11 }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 1_000 }), (lengths, lost) => {
      const documents = lengths.map((length, i): SettingsDocument => ({
        subject: `group:${i}`,
        version: 1,
        settings: { text: 'x'.repeat(length) },
        updatedBy: 'alice',
        updatedAt: '2026-01-01T00:00:00.000Z',
        role: 'member',
      }))
      const gone = Array.from({ length: lost }, (_, i): Subject => `group:${'g'.repeat(100)}${i}`)
      const { first, last } = syncedParts(head, documents, gone)
      const parts = [...first, last]
      expect(parts.map(part => part.more)).toEqual([...first.map(() => true), false])
      expect(parts.flatMap(part => part.documents)).toEqual(documents)
      expect(parts.flatMap(part => part.gone)).toEqual(gone)
      for (const part of parts) expect(bytes(part)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
    }),
  )
})
