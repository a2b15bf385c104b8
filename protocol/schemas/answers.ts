import * as v from 'valibot'
import { ERRORS, type ErrorCode } from '../codes.ts'
import { changeBody, id, role } from './http.ts'
import { jsonObject } from './json.ts'
import { count, subject, time, version } from './values.ts'

/**
 * What the HTTP API answers. `docs/openapi.json` is generated from these; that they describe the types of
 * protocol/documents.ts is checked by the compiler, in test/docs.
 */

const settings = jsonObject
const cursor = v.nullable(v.string())

export const settingsDocument = v.object({
  subject,
  version,
  settings,
  updatedBy: v.nullable(id),
  updatedAt: v.nullable(time),
  role: v.exactOptional(role),
})

export const me = v.object({
  user: id,
  groups: v.array(v.object({ group: id, role })),
  documents: v.array(settingsDocument),
  permissions: v.record(v.string(), v.boolean()),
})

export const delivery = v.object({ delivered: count, gone: count, queued: count })

export const updateResult = v.object({ message: v.string(), version, settings, delivery })

export const historyEntry = v.object({
  version,
  settings,
  change: changeBody,
  updatedBy: id,
  updatedAt: time,
  announcedAt: v.nullable(time),
  tombstone: v.boolean(),
})
export const historyPage = v.object({ versions: v.array(historyEntry), cursor })

export const member = v.object({ user: id, role, since: time })
export const memberPage = v.object({ members: v.array(member), cursor })

export const presentMember = v.object({
  user: id,
  role,
  connections: v.array(v.object({ connectionId: v.string(), connectedAt: time })),
  since: time,
  version,
})
export const presencePage = v.object({ members: v.array(presentMember), cursor })

export const eventResult = v.object({ id, delivery })
export const signOutResult = v.object({ closed: count })

export const errorCode = v.picklist(Object.keys(ERRORS) as ErrorCode[])

/** RFC 9457. */
export const problem = v.object({
  type: v.pipe(v.string(), v.url()),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  code: errorCode,
  detail: v.string(),
  errors: v.exactOptional(v.array(v.object({ pointer: v.string(), detail: v.string() }))),
})
