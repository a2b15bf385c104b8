import type { Change, Settings } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'
import { MAX_SETTINGS_BYTES } from '../../protocol/limits.ts'
import { jsonBytes } from './bytes.ts'
import { GrantwireError } from './errors.ts'
import { applyMergePatch, changeBetween, sameJson } from './merge-patch.ts'

/** One version of one subject's settings, as the log holds it. It never changes, but for `announcedAt`. */
export interface VersionRecord {
  subject: Subject
  /** 1, 2, 3 … */
  version: number
  settings: Settings
  change: Change
  updatedBy: string
  /** ISO 8601. */
  updatedAt: string
  /** When every post of its broadcast was done or handed to the queue, ISO 8601. */
  announcedAt?: string
  /** The group was deleted by this version. */
  tombstone: boolean
  /** Tells this writer's record from another's, when the answer to its write was lost. */
  commitId: string
}

export interface Author {
  updatedBy: string
  /** ISO 8601. */
  updatedAt: string
  commitId: string
}

/** What a writer wants of the next version. */
export type Intent = { kind: 'patch'; change: Change } | { kind: 'replace'; settings: Settings } | { kind: 'delete' }

/** Whether the group or user has a state that can be read: a version, and no tombstone. */
export const isLive = (record: VersionRecord | undefined): record is VersionRecord =>
  record !== undefined && !record.tombstone

/**
 * The version after `current`, or undefined where it would come out equal: a merge patch is idempotent, so sending it
 * again makes no version. A version after a tombstone begins from empty settings, and its number goes on.
 *
 * @throws GrantwireError settings_too_large where the settings or the change exceed MAX_SETTINGS_BYTES
 */
export function nextVersion(
  subject: Subject,
  current: VersionRecord | undefined,
  intent: Intent,
  author: Author,
): VersionRecord | undefined {
  const before = isLive(current) ? current.settings : {}
  const settings =
    intent.kind === 'patch' ? applyMergePatch(before, intent.change) : intent.kind === 'replace' ? intent.settings : {}
  const tombstone = intent.kind === 'delete'
  if (isLive(current) && !tombstone && sameJson(before, settings)) return undefined
  const change = intent.kind === 'patch' ? intent.change : changeBetween(before, settings)
  // A change that was computed is as long as it must be; it is left out of the message where it does not fit.
  for (const part of intent.kind === 'patch' ? [settings, change] : [settings]) {
    const size = jsonBytes(part)
    if (size > MAX_SETTINGS_BYTES)
      throw new GrantwireError(
        'settings_too_large',
        `The settings would take ${size} bytes; at most ${MAX_SETTINGS_BYTES} are allowed. Remove keys, or keep large values elsewhere and their address here.`,
      )
  }
  return { subject, version: (current?.version ?? 0) + 1, settings, change, tombstone, ...author }
}
