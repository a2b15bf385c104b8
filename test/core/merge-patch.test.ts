import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyMergePatch, changeBetween, sameJson } from '../../functions/core/merge-patch.ts'
import type { JsonValue, Settings } from '../../protocol/documents.ts'

const object = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Settings>

describe('JSON Merge Patch', () => {
  // The cases of RFC 7396, appendix A, that patch an object with an object.
  test.each<[Settings, Settings, Settings]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (before, patch, after) => {
    expect(applyMergePatch(before, patch)).toEqual(after)
  })

  test('the same patch twice changes nothing the second time', () => {
    fc.assert(
      fc.property(object, object, (settings, change) => {
        const once = applyMergePatch(settings, change)
        expect(sameJson(applyMergePatch(once, change), once)).toBe(true)
      }),
    )
  })

  test('patches of different keys both survive, in either order', () => {
    fc.assert(
      fc.property(object, fc.jsonValue(), fc.jsonValue(), (settings, left, right) => {
        const [a, b] = [{ left } as Settings, { right } as Settings]
        expect(applyMergePatch(applyMergePatch(settings, a), b)).toEqual(
          applyMergePatch(applyMergePatch(settings, b), a),
        )
      }),
    )
  })

  test('a key named __proto__ is data and nothing else', () => {
    const patch = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}') as Settings
    const settings = applyMergePatch({}, patch)
    expect(JSON.stringify(settings)).toBe('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('a revert’s change turns the settings into the older ones', () => {
    // A merge patch cannot set a key to null (RFC 7396, section 1): settings hold no null, as they are made by patches.
    const withoutNull = object.map(settings => applyMergePatch({}, settings))
    fc.assert(
      fc.property(withoutNull, withoutNull, (before, after) => {
        const hasNull = (value: JsonValue): boolean =>
          value === null || (typeof value === 'object' && Object.values(value).some(hasNull))
        fc.pre(!hasNull(before) && !hasNull(after))
        expect(sameJson(applyMergePatch(before, changeBetween(before, after)), after)).toBe(true)
      }),
    )
  })
})

test('the order of keys does not matter to equality, that of items does', () => {
  expect(sameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true)
  expect(sameJson({ a: 1, b: [1, 2] }, { b: [2, 1], a: 1 })).toBe(false)
  expect(sameJson({ a: null }, { b: null })).toBe(false)
  expect(sameJson([null], [])).toBe(false)
})
