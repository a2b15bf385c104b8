import { GrantwireError } from '../core/errors.ts'

/** The entity tag of a version: `"7"`. */
export const etagOf = (version: number): string => `"${version}"`

/**
 * The versions of an `If-Match` header (RFC 9110, section 13.1.1), '*', or undefined where there is none. A tag of another
 * form matches no version.
 *
 * @throws GrantwireError invalid_header where the header is no list of entity tags
 */
export function readIfMatch(header: string | undefined): number[] | '*' | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  return header.split(',').map(part => {
    const tag = part.trim()
    // If-Match compares strongly: a weak tag is one that never matches.
    if (/^W\/"[^"]*"$/.test(tag)) return -1
    if (!/^"[^"]*"$/.test(tag))
      throw new GrantwireError('invalid_header', 'If-Match takes entity tags in double quotes, such as "7".')
    return /^"\d{1,10}"$/.test(tag) ? Number(tag.slice(1, -1)) : -1
  })
}

/** Whether an `If-None-Match` header names this tag; the comparison is weak (RFC 9110, section 13.1.2). */
export const matchesNone = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header
    .split(',')
    .map(part => part.trim().replace(/^W\//, ''))
    .some(tag => tag === '*' || tag === etag)
