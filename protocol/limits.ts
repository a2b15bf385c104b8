/** Every number that both sides of the wire must agree on. Bytes are UTF-8 bytes; times are milliseconds unless named. */

/** Settings at most, serialized. Leaves 4 KiB of a frame for the rest of the message. */
export const MAX_SETTINGS_BYTES = 28 * 1024
/** One WebSocket frame, and one billed message (API Gateway WebSocket quotas). Nothing that is sent is larger. */
export const MAX_MESSAGE_BYTES = 32 * 1024
/** The `data` of a custom event at most, serialized. */
export const MAX_EVENT_DATA_BYTES = 28 * 1024
/** Characters of a custom event's name. */
export const MAX_EVENT_NAME_LENGTH = 64
/** How deep settings and event data may nest: far under what a recursive reader can take, far over what settings need. */
export const MAX_JSON_DEPTH = 32
/** Subjects that a client may say it knows in one `sync`. */
export const MAX_KNOWN_SUBJECTS = 1_000
/** API Gateway closes a connection that has been idle for 10 minutes; the client syncs before that. */
export const KEEP_ALIVE_SECONDS = 9 * 60
/** API Gateway closes every connection after 2 hours. */
export const MAX_CONNECTION_SECONDS = 2 * 60 * 60
/** How long a client waits for the answer to a sync before it gives the socket up. */
export const SYNC_ANSWER_MS = 10_000

/** The WebSocket subprotocol that both sides speak, and the prefix of the one that carries the token. */
export const SUBPROTOCOL = 'grantwire.v1'
export const BEARER_PREFIX = 'bearer.'
/** The OAuth scope of a service. */
export const SERVICE_SCOPE = 'grantwire/admin'
/** The header with which an admin's own tab is left out of a broadcast. */
export const EXCLUDE_CONNECTION_HEADER = 'grantwire-exclude-connection'
