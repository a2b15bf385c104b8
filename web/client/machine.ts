/**
 * The connection as one state machine. `waiting` is between two attempts; `polling` is the fallback while no WebSocket comes
 * up, with the socket tried again in the background; `closed` is final. A tab that shares the connection of another one shows
 * the state of that one.
 */
export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'polling' | 'closed'

/**
 * Why a connection was lost: `refused` before it was open (a browser does not tell whether by 401, 403 or the network),
 * `dropped` after; `silent`: an answer did not come in time; `error`: the server could not answer; `token`: `getToken` failed;
 * `expired`: the token ran out; `suspended`: the page was left or frozen; `takeover`: the tab that had the connection is gone
 * or hangs, and this tab connects in its place.
 */
export type LossReason = 'refused' | 'dropped' | 'silent' | 'error' | 'token' | 'expired' | 'suspended' | 'takeover'

/** Why it ended for good: `close()` was called, the server signed the user out, or `getToken` threw `UnauthorizedError`. */
export type EndReason = 'closed' | 'signed_out' | 'unauthorized'

/** The state of the connection, with its reason. */
export type Connection =
  | { readonly state: 'connecting'; readonly reason: 'starting' | LossReason }
  | { readonly state: 'connected'; readonly reason: 'synced' }
  | { readonly state: 'waiting'; readonly reason: LossReason }
  | { readonly state: 'polling'; readonly reason: 'starting' | LossReason }
  | { readonly state: 'closed'; readonly reason: EndReason }

/**
 * What happens to a connection. `dial`: an attempt begins. `synced`: the answer to its sync is complete. `lost`: the connection
 * or an attempt failed, or the tab lets go of it. `fallback`: no WebSocket came up in time. `end`: for good.
 */
export type Input = 'dial' | 'synced' | 'lost' | 'fallback' | 'end'

/** An input that a state does not list changes nothing: while polling, attempts start and fail in the background. */
export const TRANSITIONS: Record<ConnectionState, Partial<Record<Input, ConnectionState>>> = {
  connecting: { synced: 'connected', lost: 'waiting', fallback: 'polling', end: 'closed' },
  connected: { lost: 'waiting', end: 'closed' },
  waiting: { dial: 'connecting', fallback: 'polling', end: 'closed' },
  polling: { synced: 'connected', end: 'closed' },
  closed: {},
}

export const STARTING: Connection = { state: 'connecting', reason: 'starting' }

/** The state after an input; the same object where nothing changes. Without a reason of its own it keeps the one before. */
export function transition(from: Connection, input: Input, reason: Connection['reason'] = from.reason): Connection {
  const state = TRANSITIONS[from.state][input]
  return state ? ({ state, reason } as Connection) : from
}
