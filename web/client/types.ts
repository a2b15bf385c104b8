import type { JsonValue, Me, Settings } from '../../protocol/documents.ts'
import type { CustomEvent, ErrorEvent, MembershipChanged, SignedOut, UserUpdated } from '../../protocol/events.ts'
import type { Subject } from '../../protocol/ids.ts'
import type { GroupRole } from './documents.ts'
import type { Environment } from './environment.ts'
import type { Connection } from './machine.ts'

export interface ConnectOptions {
  /** `wss://…`, the address of the WebSocket API with its stage. */
  webSocketUrl: string
  /** `https://…`, the address of the HTTP API. Without it there is no polling where WebSockets are blocked. */
  httpUrl?: string
  /**
   * Gives a valid access token; is asked for every attempt to connect, for every poll, and ahead of expiry. Throw
   * `UnauthorizedError` where the user is signed out, which ends the connection; any other error is tried again.
   */
  getToken: () => string | Promise<string>
  /** Tabs of one user share one connection where the browser can (default true). */
  shared?: boolean
  /**
   * Keep a snapshot in the browser's storage for the first paint of the next visit (default false). It shows once `getToken`
   * has told whose it is, and is deleted at sign-out and where the token is another user's.
   */
  cache?: boolean
  /** The body of `GET /me`, rendered into the page by a server. Stale until synced. */
  bootstrap?: Me
  /**
   * How long documents still count as fresh after the connection was lost, and after the page woke without an answer of the
   * server: 5,000 ms unless told. 0 is the strictest: nothing is allowed in these moments.
   */
  graceMs?: number
  /** The outside world; for tests, and for platforms that are no browser. */
  environment?: Environment
}

/**
 * The data of an application's custom events, by their names. An application adds its own, and `on` knows their types:
 *
 * @example
 * declare module '@grantwire/client' {
 *   interface CustomEvents {
 *     MaintenanceSoon: { minutes: number }
 *   }
 * }
 */
export interface CustomEvents {
  [name: string]: JsonValue
}

/** What the client itself tells. */
export interface SystemEvents {
  /**
   * The settings of a subject became newer than the ones held: by a push (once, however many copies arrive), by a sync after
   * a lost connection (once, for the newest version; without `change`), by polling, or from the tab that has the connection.
   * Fired in each tab. Not fired for the first documents of a subject, for a version that is not newer, or for versions that
   * were followed by another one while nothing was heard.
   */
  UserUpdated: UserUpdated
  /**
   * The user was added to a group, removed from it (`role: null`), or given another role there. Fired when the documents
   * have changed accordingly, not when the server's hint arrives; not fired for the groups of the first sync, nor for those
   * that are forgotten at the end.
   */
  MembershipChanged: MembershipChanged
  /**
   * The server is about to close this connection. Where `reconnect` is true the client comes back by itself, otherwise this is
   * the end, in every tab of the user. Not fired where the connection just closes: the message can be lost.
   */
  SignedOut: SignedOut
  /** The server could not take a message of this client. Nothing is to be done; worth a log entry. Not fired by polls. */
  Error: ErrorEvent
}

/** `initializing`: nothing is known yet. `stale`: what is known may be outdated. */
export type Freshness = 'initializing' | 'fresh' | 'stale'

export type Unsubscribe = () => void

/** The user's settings and permissions, live. */
export interface Grants<E = CustomEvents> {
  /**
   * Whether the permission is granted: false until known and false when stale.
   * @param options.group ask this group only; the user's own settings still win
   */
  can(permission: string, options?: { group?: string | undefined }): boolean
  /** The settings of a subject, the same object until they change; undefined where there are none, or no access. */
  settings(subject: Subject): Settings | undefined
  /** The version of a subject's settings. */
  version(subject: Subject): number | undefined
  /** The user's groups by name; the same array until they change. */
  readonly groups: readonly GroupRole[]
  /** The `sub` of the token; undefined until there is one. */
  readonly user: string | undefined
  /** The state of the connection and its reason; the same object until it changes. */
  readonly connection: Connection
  readonly freshness: Freshness
  /**
   * What an admin's tab sends as `Grantwire-Exclude-Connection`, to be left out of its own broadcast. Undefined while there is
   * none, and where tabs share one: the others would not hear of the change either.
   */
  readonly connectionId: string | undefined
  /** Listens to the client's own events. */
  on<K extends keyof SystemEvents>(event: K, listener: (event: SystemEvents[K]) => void): Unsubscribe
  /** Listens to a custom event: its data, then the whole event. Each id arrives once. */
  on<K extends Exclude<keyof E & string, keyof SystemEvents>>(
    event: K,
    listener: (data: E[K], event: CustomEvent) => void,
  ): Unsubscribe
  /** Called after anything that this object shows has changed. */
  subscribe(listener: () => void): Unsubscribe
  /** Resolves once fresh; rejects when the signal aborts, or when the connection is closed for good. */
  whenFresh(options?: { signal?: AbortSignal }): Promise<void>
  /** Ends the connection for good. */
  close(): void
}
