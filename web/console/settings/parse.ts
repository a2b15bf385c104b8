import type { JsonValue, Settings } from '../../../protocol/documents.ts'
import { MAX_JSON_DEPTH, MAX_SETTINGS_BYTES } from '../../../protocol/limits.ts'

export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string }

/** JSON text of any value, such as a custom event's data. */
export function parseValue(text: string): Parsed<JsonValue> {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue }
  } catch (error) {
    return { ok: false, problem: `This is not JSON: ${error instanceof Error ? error.message : 'check it'}` }
  }
}

/** JSON text of settings, or what keeps it from being saved and where. */
export function parseSettings(text: string): Parsed<Settings> {
  const parsed = parseValue(text)
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, problem: 'Settings are an object: begin with { and end with }.' }
  const problem = findProblem(value)
  return problem === undefined ? { ok: true, value } : { ok: false, problem }
}

/** What the server would refuse in these settings, in words; undefined where they can be saved. */
export function findProblem(settings: Settings): string | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(settings)).length
  if (bytes > MAX_SETTINGS_BYTES)
    return `Settings hold at most ${MAX_SETTINGS_BYTES} bytes; these have ${bytes}. Remove something.`
  return walk(settings, '', 1)
}

/**
 * A number that is none is a number field that was emptied. A merge patch takes null as "remove this key" (RFC 7396), so a key cannot be set
 * to null.
 */
function walk(value: JsonValue, path: string, depth: number): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} needs a number.`
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_JSON_DEPTH) return `${path} nests deeper than ${MAX_JSON_DEPTH} levels.`
  for (const [key, item] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    if (item === null && !Array.isArray(value)) return `${at} cannot be null: leave the key out instead.`
    const problem = walk(item, at, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** A value as people read it in a table: text without quotes, everything else as JSON. */
export const show = (value: JsonValue | undefined): string =>
  value === undefined || Number.isNaN(value)
    ? 'not set'
    : typeof value === 'string'
      ? value || '(empty)'
      : JSON.stringify(value)
