/**
 * The connection as one state machine. `waiting` is between two attempts; `polling` is the fallback while no WebSocket comes
 * up, with the socket tried again in the background; `closed` is final.
 */
export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'polling' | 'closed'

/**
 * Why a connection was lost: `refused` before it was open (a browser does not tell whether by 401, 403 or the network),
 * `dropped` after; `silent`: an answer did not come in time; `error`: the server could not answer; `token`: `getToken` failed;
 * `expired`: the token ran out; `suspended`: the page was left.
 */
export type LossReason = 'refused' | 'dropped' | 'silent' | 'error' | 'token' | 'expired' | 'suspended'

/** Why it ended for good: `close()` was called, the server signed the user out, or `getToken` threw `UnauthorizedError`. */
export type EndReason = 'closed' | 'signed_out' | 'unauthorized'

/** The state of the connection, with its reason. */
export type Connection =
  | { readonly state: 'connecting'; readonly reason: 'starting' | LossReason }
  | { readonly state: 'connected'; readonly reason: 'synced' }
  | { readonly state: 'waiting'; readonly reason: LossReason }
  | { readonly state: 'polling'; readonly reason: 'starting' | LossReason }
  | { readonly state: 'closed'; readonly reason: EndReason }

/** What happens to a connection. `fallback`: no WebSocket came up in time. */
export type Input =
  | { type: 'dial' }
  | { type: 'synced' }
  | { type: 'lost'; reason: LossReason }
  | { type: 'fallback' }
  | { type: 'end'; reason: EndReason }

/** An input that a state does not list changes nothing: while polling, attempts start and fail in the background. */
const TRANSITIONS: Record<ConnectionState, Partial<Record<Input['type'], ConnectionState>>> = {
  connecting: { synced: 'connected', lost: 'waiting', fallback: 'polling', end: 'closed' },
  connected: { lost: 'waiting', end: 'closed' },
  waiting: { dial: 'connecting', fallback: 'polling', end: 'closed' },
  polling: { synced: 'connected', end: 'closed' },
  closed: {},
}

export const STARTING: Connection = { state: 'connecting', reason: 'starting' }

/** The state after an input; the same object where nothing changes. An attempt keeps the reason for which it is made. */
export function transition(from: Connection, input: Input): Connection {
  const state = TRANSITIONS[from.state][input.type]
  if (!state) return from
  const reason = input.type === 'synced' ? 'synced' : 'reason' in input ? input.reason : from.reason
  return { state, reason } as Connection
}
