import * as v from 'valibot'
import { MAX_EVENT_NAME_LENGTH } from '../limits.ts'
import { ID_PATTERN } from '../ids.ts'
import { jsonObject, jsonValue } from './json.ts'

/** The bodies that the HTTP API takes. `docs/openapi.json` is generated from these same schemas. */

export const id = v.pipe(v.string(), v.regex(ID_PATTERN, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ | : = + -'))
export const role = v.picklist(['member', 'admin'], 'must be "member" or "admin"')

/** `PATCH /groups/{id}`, `PATCH /users/{id}`: a JSON Merge Patch (RFC 7396). */
export const changeBody = v.pipe(
  jsonObject,
  v.description('A JSON Merge Patch (RFC 7396): null removes a key, objects merge, anything else replaces.'),
)

/** `PUT /groups/{id}`. */
export const createGroupBody = v.strictObject({ admin: id, settings: v.optional(jsonObject) })

/** `PUT /groups/{id}/members/{user}`. */
export const memberBody = v.strictObject({ role })

/** `POST /groups/{id}/revert`. */
export const revertBody = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9_999_999_999)),
})

/** `POST /groups/{id}/events`, `POST /users/{id}/events`. */
export const eventBody = v.strictObject({
  event: v.pipe(
    v.string(),
    v.regex(
      new RegExp(`^[A-Za-z][A-Za-z0-9._:-]{0,${MAX_EVENT_NAME_LENGTH - 1}}$`),
      `must start with a letter and have at most ${MAX_EVENT_NAME_LENGTH} of A-Z a-z 0-9 . _ : -`,
    ),
  ),
  data: v.optional(jsonValue),
  id: v.optional(id),
})
