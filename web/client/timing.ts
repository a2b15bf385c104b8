/** Every time that the client keeps, in ms. What both sides of the wire must agree on is in protocol/limits.ts. */

/** How long documents count as fresh after the connection was lost: a blip does not blank a page, an outage does. */
export const GRACE_MS = 5_000

/** An attempt that is not synced by then is given up; where none was before, polling begins. */
export const ATTEMPT_MS = 15_000
/** Full jitter: anything from the floor to a ceiling that doubles with each failure up to the cap. */
export const RETRY_FLOOR_MS = 500
export const RETRY_FIRST_CEILING_MS = 2_000
export const RETRY_CAP_MS = 20_000
/** After so many failures in a row WebSockets count as blocked, and polling begins: after 14 s at the latest. */
export const BLOCKED_AFTER = 3
/** A connection that held this long was healthy, and the next retry starts from the first ceiling. */
export const HEALTHY_MS = 60_000
/** When the page wakes, an attempt that is so old counts as made for another network; so old a token is asked for anew. */
export const RECENT_MS = 3_000

/** API Gateway closes a connection after 120 minutes: the next one is dialled after 105 to 115. */
export const HAND_OVER_MS = 105 * 60_000
export const HAND_OVER_JITTER_MS = 10 * 60_000
/** A token is renewed a minute ahead of its expiry, or at half its time where that is shorter, but not in a loop. */
export const RENEW_AHEAD_MS = 60_000
export const RENEW_MIN_MS = 5_000

/** The wait between two polls: doubled after each that brought nothing, up to the longest. */
export const POLL_MS = 5_000
export const LONGEST_POLL_MS = 30_000

/** A tab that follows asks for a sign of life so long after the last one, and waits so long for it: under 2 s together. */
export const PULSE_MS = 1_000
export const PATIENCE_MS = 800
/** A tab that asked so long ago counts as looked at. */
export const WATCHED_MS = 3_000
