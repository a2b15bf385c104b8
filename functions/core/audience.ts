import { createHash } from 'node:crypto'

/**
 * The order of an audience. Members of a group and its connections carry the same prefix, two hex digits of a hash of the
 * user, so both ranges sort alike and a large audience falls into up to 256 parts of about equal size.
 */
export const userHash = (user: string): string => createHash('sha256').update(user).digest('hex').slice(0, 2)

/** Where a user stands in that order: `<hh>#<user>`. `#` sorts before every character of an id, so a prefix comes first. */
export const audienceKey = (user: string): string => `${userHash(user)}#${user}`

/** What such a key looks like. */
export const AUDIENCE_KEY = /^[0-9a-f]{2}#[A-Za-z0-9._@|:=+-]{1,128}$/

/** A part of an audience: the rows whose key is greater than `after` and begins with a prefix of at most `to`. */
export interface Segment {
  /** Exclusive; '' begins at the first row. */
  after: string
  /** Two hex digits, inclusive; 'ff' ends with the last row. */
  to: string
}

export const WHOLE_AUDIENCE: Segment = { after: '', to: 'ff' }

/** The greatest key that a segment can hold: '~' sorts after every character of a key. */
export const segmentEnd = (segment: Segment): string => `${segment.to}~`

const hex = (prefix: number): string => prefix.toString(16).padStart(2, '0')

/**
 * What is left of a segment after `lastKey`, in pieces that hold about `perSegment` rows each. The density is known from
 * what was seen: `rowsSeen` rows stood in the prefixes up to that of `lastKey`.
 */
export function splitRest(segment: Segment, lastKey: string, rowsSeen: number, perSegment: number): Segment[] {
  const first = segment.after === '' ? 0 : parseInt(segment.after.slice(0, 2), 16)
  const here = parseInt(lastKey.slice(0, 2), 16)
  const end = parseInt(segment.to, 16)
  const perPrefix = Math.max(1, rowsSeen / (here - first + 1))
  const width = Math.max(1, Math.floor(perSegment / perPrefix))
  const rest: Segment[] = []
  let after = lastKey
  for (let from = here; from <= end; from += width) {
    const to = hex(Math.min(end, from + width - 1))
    rest.push({ after, to })
    after = `${to}~`
  }
  return rest
}
