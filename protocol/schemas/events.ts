import * as v from 'valibot'
import { RESERVED_EVENTS } from '../events.ts'
import { errorCode, settingsDocument } from './answers.ts'
import { changeBody, eventBody, id, role } from './http.ts'
import { jsonObject, jsonValue } from './json.ts'
import { ref, subject, time, version } from './values.ts'

/**
 * What the server sends over the WebSocket. `docs/asyncapi.json` is generated from these; that they describe the types of
 * protocol/events.ts is checked by the compiler, in test/docs.
 */

export const userUpdated = v.object({
  event: v.literal('UserUpdated'),
  id: v.string(),
  subject,
  version,
  settings: jsonObject,
  change: v.exactOptional(changeBody),
  updatedBy: id,
  updatedAt: time,
})

export const membershipChanged = v.object({
  event: v.literal('MembershipChanged'),
  group: id,
  role: v.nullable(role),
})

export const synced = v.object({
  event: v.literal('Synced'),
  ref: v.exactOptional(ref),
  connectionId: v.string(),
  documents: v.array(settingsDocument),
  gone: v.array(subject),
  more: v.boolean(),
  keepAliveSeconds: v.pipe(v.number(), v.integer()),
  serverTime: time,
})

export const renewed = v.object({ event: v.literal('Renewed'), tokenExpiresAt: time })

export const signedOut = v.object({
  event: v.literal('SignedOut'),
  reason: v.picklist(['token_expired', 'signed_out']),
  reconnect: v.boolean(),
})

export const errorEvent = v.object({
  event: v.literal('Error'),
  code: errorCode,
  message: v.string(),
  retryable: v.boolean(),
  ref: v.exactOptional(ref),
})

export const customEvent = v.object({
  event: v.pipe(eventBody.entries.event, v.notValues(RESERVED_EVENTS)),
  id,
  subject,
  data: jsonValue,
  sentBy: id,
  sentAt: time,
})
