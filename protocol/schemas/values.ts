import * as v from 'valibot'
import { parseSubject, type Subject } from '../ids.ts'

/** Values that messages, bodies and answers share. */

export const subject = v.custom<Subject>(
  text => typeof text === 'string' && parseSubject(text) !== undefined,
  'must be group:<id> or user:<id>',
)

/** 0 stands for a subject without any version; the log's keys have ten digits. */
export const version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9_999_999_999))

/** ISO 8601, in UTC, with milliseconds. */
export const time = v.pipe(v.string(), v.isoTimestamp())

export const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** What a client sends to recognize the answer. */
export const ref = v.union(
  [v.pipe(v.string(), v.maxLength(64)), v.pipe(v.number(), v.finite())],
  'must be a number or a short text',
)
