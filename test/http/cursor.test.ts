import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCursor, readLimit, writeCursor } from '../../functions/http/cursor.ts'
import { errorOf } from './support.ts'

const LIST = 'members of group:eng'

test('a cursor gives back where the next page begins', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), position => {
      expect(readCursor(LIST, /^/, writeCursor(LIST, position))).toBe(position)
    }),
  )
})

test('no cursor means the first page', () => {
  expect(readCursor(LIST, /^/, undefined)).toBeUndefined()
})

test('a cursor that was changed in any one place is refused', () => {
  const cursor = writeCursor(LIST, 'c5#carol')
  for (let at = 0; at < cursor.length; at++) {
    const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
    expect(errorOf(() => readCursor(LIST, /^/, changed)).code, changed).toBe('invalid_cursor')
  }
})

test('the cursor of another list is refused', () => {
  const cursor = writeCursor('members of group:finance', 'c5#carol')
  expect(errorOf(() => readCursor(LIST, /^/, cursor)).code).toBe('invalid_cursor')
})

test.each(['', '.', 'abc', 'x'.repeat(10_000), writeCursor(LIST, 'x'.repeat(500))])(
  'text that this API did not give is refused',
  cursor => {
    expect(errorOf(() => readCursor(LIST, /^/, cursor)).code).toBe('invalid_cursor')
  },
)

test.each([
  [undefined, 20],
  ['1', 1],
  ['100', 100],
])('a limit of %s is %d', (text, limit) => {
  expect(readLimit(text, 20, 100)).toBe(limit)
})

test.each(['0', '101', '-1', '1.5', '1e1', '', 'all', '٣'])('a limit of "%s" is refused', text => {
  expect(errorOf(() => readLimit(text, 20, 100)).code).toBe('invalid_query')
})
