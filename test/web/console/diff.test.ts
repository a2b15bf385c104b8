import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue, Settings } from '../../../protocol/documents.ts'
import { difference, mergePatch, same } from '../../../web/console/settings/diff.ts'

/** RFC 7396, section 2, word for word. */
function apply(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Settings = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key)
    else result[key] = apply(result[key], value)
  }
  return result
}

const values = fc.letrec<{ value: JsonValue; object: Settings }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.integer(),
    fc.string({ maxLength: 3 }),
    fc.array(fc.oneof(fc.integer(), fc.constant(null)), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { noNullPrototype: true }),
}))

describe('the merge patch of an edit', () => {
  it('makes the edited settings of the ones before, whatever they are', () => {
    fc.assert(
      fc.property(values.object, values.object, (before, after) => {
        expect(apply(before, mergePatch(before, after))).toEqual(after)
      }),
    )
  })

  it('leaves out what did not change, so that it undoes nobody else’s work', () => {
    const before = { a: true, b: { x: 1, y: 2 }, c: 'gone' }
    expect(mergePatch(before, { a: true, b: { x: 1, y: 3 } })).toEqual({ b: { y: 3 }, c: null })
  })
})

describe('the difference', () => {
  it('names each key that was added, removed or changed, in order', () => {
    expect(difference({ b: 1, c: 2, d: [1] }, { a: 0, b: 1, d: [2] })).toEqual([
      { key: 'a', before: undefined, after: 0 },
      { key: 'c', before: 2, after: undefined },
      { key: 'd', before: [1], after: [2] },
    ])
  })

  it('does not take another order of keys for a change', () => {
    expect(same({ a: 1, b: { c: [1, { d: 2 }] } }, { b: { c: [1, { d: 2 }] }, a: 1 })).toBe(true)
    expect(same([1, 2], [2, 1])).toBe(false)
  })
})
