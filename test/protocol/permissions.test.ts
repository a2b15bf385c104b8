import { expect, test } from 'vitest'
import type { Settings } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'
import { can, effectivePermissions } from '../../protocol/permissions.ts'
import { PERMISSION_CASES } from '../support/permission-cases.ts'

type Documents = { [subject: Subject]: Settings }
const list = (documents: Documents) =>
  Object.entries(documents).map(([subject, settings]) => ({
    subject: subject as Subject,
    settings: settings,
  }))

test.each(PERMISSION_CASES)('$name', ({ documents, granted }) => {
  expect(can(list(documents), 'p')).toBe(granted)
})

test('a key of Object.prototype is no permission, even where a script has put one there', () => {
  Object.defineProperty(Object.prototype, 'polluted', { value: true, configurable: true })
  try {
    expect(can(list({ 'group:a': {} }), 'polluted')).toBe(false)
    expect(can(list({ 'group:a': {} }), 'toString')).toBe(false)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  }
})

test('asked of one group, the other groups do not matter, and the user’s own document still wins', () => {
  const documents = list({ 'group:a': { p: true, q: true }, 'group:b': { p: false }, 'user:u': { q: false } })
  expect(can(documents, 'p')).toBe(false)
  expect(can(documents, 'p', 'a')).toBe(true)
  expect(can(documents, 'p', 'b')).toBe(false)
  expect(can(documents, 'p', 'c')).toBe(false)
  expect(can(documents, 'q', 'a')).toBe(false)
})

test('the effective permissions are every boolean key with its answer, sorted', () => {
  expect(
    effectivePermissions(
      list({ 'group:a': { z: true, theme: 'light' }, 'group:b': { a: false }, 'user:u': { z: false } }),
    ),
  ).toEqual({
    a: false,
    z: false,
  })
})
