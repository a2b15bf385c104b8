import { expect, test } from 'vitest'
import type { Settings } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'
import { can, effectivePermissions } from '../../protocol/permissions.ts'

type Documents = { [subject: Subject]: Settings }
const list = (documents: Documents) =>
  Object.entries(documents).map(([subject, settings]) => ({
    subject: subject as Subject,
    settings: settings,
  }))

/** The rule as a table; the browser client is tested with the same one. */
test.each<[string, Documents, boolean]>([
  ['nothing is known', {}, false],
  ['a group allows', { 'group:a': { p: true } }, true],
  ['a group denies', { 'group:a': { p: false } }, false],
  ['one group allows, another says nothing', { 'group:a': { p: true }, 'group:b': {} }, true],
  ['one group allows, another denies', { 'group:a': { p: true }, 'group:b': { p: false } }, false],
  ['the order of the groups does not matter', { 'group:b': { p: false }, 'group:a': { p: true } }, false],
  ['the user is allowed where a group denies', { 'group:a': { p: false }, 'user:u': { p: true } }, true],
  ['the user is denied where a group allows', { 'user:u': { p: false }, 'group:a': { p: true } }, false],
  ['the user’s own document says nothing', { 'user:u': { q: true }, 'group:a': { p: true } }, true],
  ['a value that is no boolean is no permission', { 'group:a': { p: 'true' }, 'group:b': { p: 1 } }, false],
  ['a key of Object.prototype is no permission', { 'group:a': {} }, false],
])('%s', (_, documents, expected) => {
  expect(can(list(documents), 'p')).toBe(expected)
  expect(can(list(documents), 'toString')).toBe(false)
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
