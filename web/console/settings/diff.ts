import type { Change, JsonValue, Settings } from '../../../protocol/documents.ts'

/** One key that differs; undefined where the key is not there. */
export interface KeyChange {
  key: string
  before: JsonValue | undefined
  after: JsonValue | undefined
}

const valueOf = (settings: Settings, key: string): JsonValue | undefined =>
  Object.hasOwn(settings, key) ? settings[key] : undefined

/** Whether two values are the same JSON. The order of an object's keys does not matter. */
export function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]))
    )
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]))
}

/** The top-level keys that differ, in alphabetical order. */
export function difference(before: Settings, after: Settings): KeyChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map(key => ({ key, before: valueOf(before, key), after: valueOf(after, key) }))
    .filter(change => !same(change.before, change.after))
}

/** The merge patch (RFC 7396) that makes `after` of `before`: as small as it can be, so that it undoes nobody else's work. */
export function mergePatch(before: Settings, after: Settings): Change {
  const patch: Change = {}
  for (const change of difference(before, after)) {
    if (change.after === undefined) patch[change.key] = null
    else if (isObject(change.before) && isObject(change.after))
      patch[change.key] = mergePatch(change.before, change.after)
    else patch[change.key] = change.after
  }
  return patch
}

const isObject = (value: JsonValue | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
