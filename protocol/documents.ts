import type { Subject } from './ids.ts'

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }
/** A subject's settings. A boolean-valued key is a permission. */
export type Settings = { [key: string]: JsonValue }
/** A JSON Merge Patch of settings (RFC 7396): null removes a key. */
export type Change = Settings

export type Role = 'member' | 'admin'

/** One version of one subject's settings, as `Synced`, `GET /me` and `GET /groups/{id}` carry it. */
export interface SettingsDocument {
  subject: Subject
  /** 1, 2, 3 … A subject without any version yet has version 0 and empty settings. */
  version: number
  settings: Settings
  /** Who made this version; null for version 0. */
  updatedBy: string | null
  /** When, ISO 8601; null for version 0. */
  updatedAt: string | null
  /** The reader's role, where the subject is a group. */
  role?: Role
}

/** One entry of `GET /groups/{id}/history`. */
export interface HistoryEntry {
  version: number
  settings: Settings
  change: Change
  updatedBy: string
  updatedAt: string
  /** When its broadcast was finished or handed to the queue; null where it has not been, or was superseded first. */
  announcedAt: string | null
  /** True where this version marks that the group was deleted. */
  tombstone: boolean
}

export interface Member {
  user: string
  role: Role
  /** ISO 8601. */
  since: string
}

/** One connection in `GET /groups/{id}/presence`. */
export interface PresentConnection {
  connectionId: string
  /** ISO 8601. */
  connectedAt: string
}

export interface PresentMember {
  user: string
  role: Role
  connections: PresentConnection[]
  /** When the earliest of its open connections was made, ISO 8601. */
  since: string
  /** The version of the group's settings that all its connections have been sent. */
  version: number
}

/** Where the posts of one broadcast went. */
export interface Delivery {
  /** Connections that took the message. */
  delivered: number
  /** Connections that were gone or whose token had expired. */
  gone: number
  /** Pieces of the audience (segments, and connections that could not be reached yet) that the fan-out queue finishes. */
  queued: number
}

/** `GET /me`. */
export interface Me {
  user: string
  groups: { group: string; role: Role }[]
  documents: SettingsDocument[]
  /** Effective permissions over all documents. */
  permissions: { [permission: string]: boolean }
}

/** The answer to `PATCH` and to `revert`. */
export interface UpdateResult {
  message: string
  version: number
  settings: Settings
  delivery: Delivery
}
