/**
 * Every error code, with the HTTP status and the title of its problem details (RFC 9457). A code never changes its meaning;
 * programs switch on it, people read `title` and `detail`.
 */
export const ERRORS = {
  malformed_json: { status: 400, title: 'The body is not JSON' },
  invalid_body: { status: 400, title: 'The body has the wrong form' },
  invalid_id: { status: 400, title: 'The id has the wrong form' },
  invalid_cursor: { status: 400, title: 'The cursor is not one that this API gave' },
  invalid_query: { status: 400, title: 'A query parameter has the wrong form' },
  invalid_header: { status: 400, title: 'A header has the wrong form' },
  reserved_event: { status: 400, title: 'The event name is reserved' },
  unauthorized: { status: 401, title: 'No valid token' },
  forbidden: { status: 403, title: 'Not allowed' },
  group_not_found: { status: 404, title: 'No such group' },
  member_not_found: { status: 404, title: 'No such member' },
  version_not_found: { status: 404, title: 'No such version' },
  route_not_found: { status: 404, title: 'No such route' },
  group_exists: { status: 409, title: 'The group exists already' },
  last_admin: { status: 409, title: 'A group keeps at least one admin' },
  conflict: { status: 409, title: 'Too many others wrote at the same time' },
  version_mismatch: { status: 412, title: 'Somebody else was faster' },
  settings_too_large: { status: 413, title: 'The settings are too large' },
  event_too_large: { status: 413, title: 'The event is too large' },
  unsupported_media_type: { status: 415, title: 'The body has the wrong media type' },
  throttled: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Try again in a moment' },
  /** WebSocket only: the message's event is not one that a client sends. */
  unknown_event: { status: 400, title: 'No such event' },
  /** WebSocket only: the message is not an object with the fields of its event. */
  invalid_message: { status: 400, title: 'The message has the wrong form' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

/** Problem details (RFC 9457), media type `application/problem+json`. */
export interface Problem {
  /** A stable address of the code: `https://grantwire.dev/problems/<code>`. */
  type: string
  title: string
  status: number
  code: ErrorCode
  /** What was wrong and what to do. */
  detail: string
  /** Where in the body, where that is known: a JSON pointer and what is wrong there. */
  errors?: { pointer: string; detail: string }[]
}
