import { expect, test } from 'vitest'
import { etagOf, matchesNone, readIfMatch } from '../../functions/http/etag.ts'
import { errorOf } from './support.ts'

test('the tag of a version is its number in double quotes', () => {
  expect(etagOf(7)).toBe('"7"')
})

test.each([
  [undefined, undefined],
  ['*', '*'],
  [' * ', '*'],
  ['"7"', [7]],
  ['"7", "8"', [7, 8]],
  ['"0"', [0]],
])('If-Match: %s names the versions %j', (header, versions) => {
  expect(readIfMatch(header)).toEqual(versions)
})

test.each(['"abc"', 'W/"7"', '""', '"7.0"', '"99999999999"'])('If-Match: %s matches no version', header => {
  expect(readIfMatch(header)).toEqual([-1])
})

test.each(['7', "'7'", '', '"7', '"7" "8"', '"7",'])('If-Match: %j is no list of entity tags', header => {
  expect(errorOf(() => readIfMatch(header)).code).toBe('invalid_header')
})

test.each([
  [undefined, false],
  ['"7"', true],
  ['W/"7"', true],
  ['*', true],
  ['"6", "7"', true],
  ['"6"', false],
  ['7', false],
])('If-None-Match: %s holds for version 7: %s', (header, holds) => {
  expect(matchesNone(header, etagOf(7))).toBe(holds)
})
