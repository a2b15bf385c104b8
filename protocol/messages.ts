import type { Subject } from './ids.ts'

/** The first message of a connection; then the keep-alive, and whenever the browser comes back. */
export interface SyncMessage {
  event: 'sync'
  /** Chosen by the client, echoed in the answer. */
  ref?: string | number
  /** The version that the client holds of each subject. */
  known: { [subject: Subject]: number }
  /** The groups of which the client takes the user for an admin: a role changes without a new version. */
  admin?: Subject[]
}

/** A fresh token for the same user, without reconnecting. */
export interface RenewMessage {
  event: 'renew'
  token: string
}

export type ClientMessage = SyncMessage | RenewMessage
