import type { Role, SettingsDocument } from '../../protocol/documents.ts'
import type { MembershipChanged, Synced, UserUpdated } from '../../protocol/events.ts'
import type { Subject } from '../../protocol/ids.ts'
import type { SyncMessage } from '../../protocol/messages.ts'
import { MAX_KNOWN_SUBJECTS, MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'

/** What an application hears of a change of its documents. */
export type DocumentEvent = UserUpdated | MembershipChanged

/** One group of the user, and the user's role there. */
export interface GroupRole {
  readonly group: string
  readonly role: Role
}

/** What came of a message. */
export interface Outcome {
  events: DocumentEvent[]
  /** There is reason to sync (again). */
  sync: boolean
}

type Answer = Pick<Synced, 'ref' | 'documents' | 'gone' | 'more'>

/**
 * The documents that the client holds, and the rules that keep them right whatever is lost, doubled or out of order:
 * - a document is never replaced by an older version;
 * - only the answer to the newest sync adds or drops a subject;
 * - a push for a subject that is not held is kept while a sync is under way: applied if the answer holds that subject and the
 *   push is newer, otherwise a reason to sync again. With no sync under way it starts one;
 * - `MembershipChanged` is a hint: removed drops the document at once; either way, sync.
 */
export interface Documents {
  readonly held: ReadonlyMap<Subject, SettingsDocument>
  /** By name; the same array until it changes. */
  readonly groups: readonly GroupRole[]
  /** Starts a sync, which is now the newest. `whole`: as though nothing were known. */
  ask(whole?: boolean): SyncMessage & { ref: number }
  /** True while the newest sync has no complete answer. */
  readonly underWay: boolean
  isNewest(ref: unknown): boolean
  /** One part of the answer to a sync. A part of any but the newest sync is ignored. */
  answer(part: Answer): Outcome
  push(update: UserUpdated): Outcome
  hint(hint: MembershipChanged): Outcome
  /** The answer to the newest sync will not come. */
  abandon(): void
  /** Takes a snapshot as it is. */
  replace(documents: Iterable<SettingsDocument>): void
}

export function createDocuments(): Documents {
  const held = new Map<Subject, SettingsDocument>()
  const kept = new Map<Subject, SettingsDocument>()
  /** Held, but the server is to send it anew, since its role changed without a new version. */
  const doubtful = new Set<Subject>()
  let ref = 0
  let underWay = false
  /** False until there is something that an event could tell a difference to. */
  let settled = false
  /** What the newest sync and its answer have named so far: whatever is held beyond is dropped when the answer is complete. */
  let named = new Set<Subject>()
  let events: DocumentEvent[] = []
  let groups: GroupRole[] | undefined

  const outcome = (sync = false): Outcome => {
    const told = events
    events = []
    return { events: told, sync }
  }

  const tellMembership = (subject: Subject, role: Role | null = null) => {
    groups = undefined
    if (settled && subject.startsWith('group:'))
      events.push({ event: 'MembershipChanged', group: subject.slice('group:'.length), role })
  }

  const put = (document: SettingsDocument, change?: UserUpdated['change']) => {
    const { subject, version, settings, updatedBy, updatedAt } = document
    const before = held.get(subject)
    if (before && before.version > version) return
    held.set(subject, document)
    if (before?.role !== document.role || !before) tellMembership(subject, document.role)
    if (before && before.version < version)
      events.push({
        event: 'UserUpdated',
        id: `${subject}@${version}`,
        subject,
        version,
        settings,
        ...(change && { change }),
        updatedBy: updatedBy ?? '',
        updatedAt: updatedAt ?? '',
      })
  }

  const drop = (subject: Subject) => {
    if (held.delete(subject)) tellMembership(subject)
  }

  /** The newer of what the answer, a push and the memory hold, in the role that the answer names. */
  const admit = (document: SettingsDocument) => {
    const { subject, role } = document
    let newest = document
    for (const other of [kept.get(subject), held.get(subject)])
      if (other && other.version > newest.version) newest = other
    kept.delete(subject)
    named.add(subject)
    put(role ? { ...newest, role } : newest)
  }

  return {
    held,
    get groups() {
      return (groups ??= [...held.values()]
        .flatMap(({ subject, role }) => (role ? { group: subject.slice('group:'.length), role } : []))
        .sort((a, b) => (a.group < b.group ? -1 : 1)))
    },
    get underWay() {
      return underWay
    },
    isNewest: candidate => candidate === ref,
    ask(whole = false) {
      underWay = true
      named = new Set()
      const known: SyncMessage['known'] = {}
      let bytes = 100
      if (!whole)
        for (const [subject, { version }] of held) {
          bytes += subject.length + 20
          // What does not fit one frame is not named, so the server sends it again.
          if (named.size === MAX_KNOWN_SUBJECTS || bytes > MAX_MESSAGE_BYTES) break
          if (doubtful.has(subject)) continue
          known[subject] = version
          named.add(subject)
        }
      return { event: 'sync', ref: ++ref, known }
    },
    answer({ ref: answered, documents, gone, more }) {
      if (answered !== ref) return outcome()
      documents.forEach(admit)
      for (const subject of gone) {
        drop(subject)
        named.delete(subject)
      }
      if (more) return outcome()
      for (const subject of held.keys()) if (!named.has(subject)) drop(subject)
      const again = kept.size > 0
      kept.clear()
      doubtful.clear()
      underWay = false
      settled = true
      return outcome(again)
    },
    push({ subject, version, settings, change, updatedBy, updatedAt }) {
      const before = held.get(subject)
      const document = { subject, version, settings, updatedBy, updatedAt }
      if (before) {
        if (before.version < version) put(before.role ? { ...document, role: before.role } : document, change)
        return outcome()
      }
      if ((kept.get(subject)?.version ?? 0) < version) kept.set(subject, document)
      return outcome(!underWay)
    },
    hint({ group, role }) {
      const subject: Subject = `group:${group}`
      if (role) doubtful.add(subject)
      else drop(subject)
      return outcome(true)
    },
    abandon() {
      underWay = false
      ref++
    },
    replace(documents) {
      held.clear()
      kept.clear()
      groups = undefined
      for (const document of documents) held.set(document.subject, document)
      settled = held.size > 0
    },
  }
}
