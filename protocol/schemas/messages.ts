import * as v from 'valibot'
import type { Subject } from '../ids.ts'
import { parseSubject } from '../ids.ts'
import { MAX_KNOWN_SUBJECTS } from '../limits.ts'

/** The messages that a browser sends. `docs/asyncapi.json` is generated from these same schemas. */

const subject = v.pipe(
  v.custom<Subject>(
    text => typeof text === 'string' && parseSubject(text) !== undefined,
    'must be group:<id> or user:<id>',
  ),
)
const version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9_999_999_999))
const ref = v.union(
  [v.pipe(v.string(), v.maxLength(64)), v.pipe(v.number(), v.finite())],
  'must be a number or a short text',
)

export const syncMessage = v.object({
  event: v.literal('sync'),
  ref: v.optional(ref),
  known: v.optional(
    v.pipe(
      v.record(subject, version),
      v.check(
        known => Object.keys(known).length <= MAX_KNOWN_SUBJECTS,
        `must name at most ${MAX_KNOWN_SUBJECTS} subjects`,
      ),
    ),
    {},
  ),
})

export const renewMessage = v.object({
  event: v.literal('renew'),
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(8_192)),
})
