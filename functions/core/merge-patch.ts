import type { Change, JsonValue, Settings } from '../../protocol/documents.ts'

const isObject = (value: JsonValue | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The settings after a JSON Merge Patch (RFC 7396, section 2): null removes a key, objects merge, anything else replaces.
 * Neither argument is changed. Built from entries, so that a key such as `__proto__` is data and nothing else.
 */
export function applyMergePatch(settings: Settings, change: Change): Settings {
  const merged = new Map(Object.entries(settings))
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key)
    else if (isObject(value)) {
      const before = merged.get(key)
      merged.set(key, applyMergePatch(isObject(before) ? before : {}, value))
    } else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}

/** The smallest merge patch that turns `before` into `after`: what a revert records as its change. */
export function changeBetween(before: Settings, after: Settings): Change {
  const change = new Map<string, JsonValue>()
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) change.set(key, null)
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined
    if (old !== undefined && sameJson(old, value)) continue
    change.set(key, isObject(old) && isObject(value) ? changeBetween(old, value) : value)
  }
  return Object.fromEntries(change)
}

/** Whether two JSON values are equal; the order of an object's keys does not matter. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i] ?? null))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
  )
}
