import type { SettingsDocument } from '../../protocol/documents.ts'
import type { MembershipChanged, SignedOut, Synced, UserUpdated } from '../../protocol/events.ts'
import { parseSubject, type Subject } from '../../protocol/ids.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { jsonBytes } from './bytes.ts'
import type { VersionRecord } from './versions.ts'

/** What an audience is told of a version: the whole document, or that the group is no more. */
export function announcementOf(record: VersionRecord): UserUpdated | MembershipChanged {
  const { subject, version, settings, change, updatedBy, updatedAt, tombstone } = record
  if (tombstone) return groupGone(subject)
  const message: UserUpdated = {
    event: 'UserUpdated',
    id: `${subject}@${version}`,
    subject,
    version,
    settings,
    change,
    updatedBy,
    updatedAt,
  }
  if (jsonBytes(message) <= MAX_MESSAGE_BYTES) return message
  const { change: _, ...short } = message
  return short
}

/** What the audience of a deleted group is told. */
export const groupGone = (subject: Subject): MembershipChanged => ({
  event: 'MembershipChanged',
  group: parseSubject(subject)?.id ?? subject,
  role: null,
})

/** The farewell to a connection whose token has expired. */
export const tokenExpired: SignedOut = { event: 'SignedOut', reason: 'token_expired', reconnect: true }

/** The document of a subject, from its newest version: version 0 with empty settings where it has none. */
export function documentOf(subject: Subject, record: VersionRecord | undefined): SettingsDocument {
  return {
    subject,
    version: record?.version ?? 0,
    settings: record?.settings ?? {},
    updatedBy: record?.updatedBy ?? null,
    updatedAt: record?.updatedAt ?? null,
  }
}

/**
 * The answer to a sync in as many parts as it takes for each to fit one frame, in order. Every document fits one part
 * (settings are at most 28 KiB of its 32).
 */
export function syncedParts(
  answer: Omit<Synced, 'event' | 'documents' | 'gone' | 'more'>,
  documents: readonly SettingsDocument[],
  gone: readonly Subject[],
): { first: Synced[]; last: Synced } {
  const empty = (): Synced => ({ event: 'Synced', ...answer, documents: [], gone: [], more: true })
  const room = MAX_MESSAGE_BYTES - jsonBytes(empty())
  const parts: Synced[] = []
  let part = empty()
  let used = 0
  const make = (size: number): void => {
    if (used > 0 && used + size > room) {
      parts.push(part)
      part = empty()
      used = 0
    }
    used += size
  }
  for (const document of documents) {
    make(jsonBytes(document) + 1)
    part.documents.push(document)
  }
  for (const subject of gone) {
    make(jsonBytes(subject) + 1)
    part.gone.push(subject)
  }
  return { first: parts, last: { ...part, more: false } }
}
