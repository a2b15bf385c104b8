import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { MAX_SETTINGS_BYTES } from '../../protocol/limits.ts'

/** Shorter texts would hardly take fewer units. */
const DEFLATE_FROM_BYTES = 512
/** A computed change may be longer than the settings that it is between: old keys and new ones. */
const MAX_BYTES = 4 * MAX_SETTINGS_BYTES

/**
 * JSON as an attribute: text, or deflated where it is long. Permissions are names that repeat; 28 KiB of them take some 4
 * write units instead of 28, at the commit, at each mark, and a read unit instead of 7 wherever they are read.
 */
export function packJson(value: object): string | Uint8Array {
  const text = JSON.stringify(value)
  return text.length < DEFLATE_FROM_BYTES ? text : deflateRawSync(text)
}

/** @throws Error where the attribute is neither of both forms */
export const unpackJson = (attribute: unknown): unknown =>
  JSON.parse(
    attribute instanceof Uint8Array
      ? inflateRawSync(attribute, { maxOutputLength: MAX_BYTES }).toString()
      : String(attribute),
  )
