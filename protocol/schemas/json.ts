import * as v from 'valibot'
import type { JsonValue, Settings } from '../documents.ts'
import { MAX_JSON_DEPTH } from '../limits.ts'

/**
 * What JSON.parse can give and JSON.stringify gives back: finite numbers (1e400 parses as Infinity, which JSON cannot say),
 * and no deeper than MAX_JSON_DEPTH. Walks with its own stack, so that no nesting can exhaust the call stack.
 */
function isPlainJson(value: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.depth > MAX_JSON_DEPTH) return false
    if (typeof item.value === 'number' && !Number.isFinite(item.value)) return false
    if (typeof item.value === 'object' && item.value !== null)
      for (const child of Object.values(item.value)) open.push({ value: child, depth: item.depth + 1 })
  }
  return true
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

const form = `JSON with finite numbers, nested at most ${MAX_JSON_DEPTH} deep`

export const jsonValue = v.custom<JsonValue>(isPlainJson, `must be ${form}`)

export const jsonObject = v.custom<Settings>(
  value => isObject(value) && isPlainJson(value),
  `must be a JSON object: ${form}`,
)
