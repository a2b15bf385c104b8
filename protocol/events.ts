import type { Change, JsonValue, Role, Settings, SettingsDocument } from './documents.ts'
import type { ErrorCode } from './codes.ts'
import type { Subject } from './ids.ts'

/** A version was committed. Carries the whole document, so order and duplicates do not matter. */
export interface UserUpdated {
  event: 'UserUpdated'
  /** The same for every copy of one version: `<subject>@<version>`. */
  id: string
  subject: Subject
  version: number
  settings: Settings
  /** The merge patch that made this version; left out where the message would not fit one frame with it. */
  change?: Change
  updatedBy: string
  updatedAt: string
}

/** A hint that the user's membership changed: removed drops the document at once; either way, sync. */
export interface MembershipChanged {
  event: 'MembershipChanged'
  group: string
  /** null: the user was removed. */
  role: Role | null
}

/** The answer to `sync`. Comes in parts where one frame cannot hold it: `more` says that another part follows. */
export interface Synced {
  event: 'Synced'
  /** The `ref` of the sync, where it had one. */
  ref?: string | number
  connectionId: string
  /** Every document that is newer than what the client said it knows. */
  documents: SettingsDocument[]
  /** Subjects that the client said it knows and has no access to (any more). */
  gone: Subject[]
  more: boolean
  keepAliveSeconds: number
  /** ISO 8601. */
  serverTime: string
}

/** The answer to `renew`: deliveries go on until the new token expires. */
export interface Renewed {
  event: 'Renewed'
  /** ISO 8601. */
  tokenExpiresAt: string
}

export type SignOutReason = 'token_expired' | 'signed_out'

/** Sent just before the server closes the connection. */
export interface SignedOut {
  event: 'SignedOut'
  reason: SignOutReason
  /** Whether a connection with a fresh token is welcome. */
  reconnect: boolean
}

/** The answer to a message that could not be taken. The connection stays open. */
export interface ErrorEvent {
  event: 'Error'
  code: ErrorCode
  message: string
  retryable: boolean
  /** The `ref` of the sync that failed, where there was one. */
  ref?: string | number
}

/** Any other name: an event that an admin or a service sent to an audience. */
export interface CustomEvent {
  event: string
  id: string
  subject: Subject
  data: JsonValue
  sentBy: string
  sentAt: string
}

/** Names that a custom event cannot have. */
export const RESERVED_EVENTS = [
  'UserUpdated',
  'MembershipChanged',
  'Synced',
  'Renewed',
  'SignedOut',
  'Error',
  'sync',
  'renew',
] as const

export type SystemEvent = UserUpdated | MembershipChanged | Synced | Renewed | SignedOut | ErrorEvent
export type ServerEvent = SystemEvent | CustomEvent
