import * as v from 'valibot'
import { MAX_KNOWN_SUBJECTS } from '../limits.ts'
import { ref, subject, version } from './values.ts'

/** The messages that a browser sends. `docs/asyncapi.json` is generated from these same schemas. */

export const syncMessage = v.object({
  event: v.literal('sync'),
  ref: v.optional(ref),
  known: v.optional(
    v.pipe(
      v.record(subject, version),
      v.maxEntries(MAX_KNOWN_SUBJECTS, `must name at most ${MAX_KNOWN_SUBJECTS} subjects`),
    ),
    {},
  ),
  admin: v.optional(v.pipe(v.array(subject), v.maxLength(MAX_KNOWN_SUBJECTS))),
})

export const renewMessage = v.object({
  event: v.literal('renew'),
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(8_192)),
})
