import type { Change, Role, SettingsDocument } from '../../protocol/documents.ts'
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

/** A document with the merge patch that made its version, where that came with it. */
export interface Held extends SettingsDocument {
  change?: Change
}

/** What came of a message. */
export interface Outcome {
  /** What the application is to hear, in this order. */
  events: DocumentEvent[]
  /** The documents are no longer the same. */
  changed: boolean
  /** There is reason to sync (again). */
  sync: boolean
}

export const NOTHING: Outcome = { events: [], changed: false, sync: false }

type Answer = Pick<Synced, 'ref' | 'documents'> & Partial<Pick<Synced, 'gone' | 'more'>>

/**
 * The documents that the client holds, and the rules that keep them right whatever is lost, doubled or out of order:
 * - a document is never replaced by an older version;
 * - only the answer to the newest sync adds or drops a subject;
 * - a push for a subject that is not held is kept while a sync is under way: applied if the answer holds that subject and the
 *   push is newer, otherwise a reason to sync again. With no sync under way it starts one;
 * - `MembershipChanged` is a hint: removed drops the document at once; either way, sync.
 */
export interface Documents {
  readonly held: ReadonlyMap<Subject, Held>
  /** By name; the same array until it changes. */
  readonly groups: readonly GroupRole[]
  /** Starts a sync, which is now the newest. `whole`: as though nothing were known. */
  ask(whole?: boolean): SyncMessage & { ref: number }
  /** The newest sync; the answers to all others are ignored. */
  ref: number
  /** True while the newest sync has no complete answer. */
  underWay: boolean
  /** One part of the answer to a sync. A part of any but the newest sync is ignored. */
  answer(part: Answer): Outcome
  /** The whole state, as somebody knows it who has asked. */
  take(documents: Held[]): Outcome
  push(update: UserUpdated): Outcome
  hint(hint: MembershipChanged): Outcome
  /** Takes a snapshot as it is, without a word. */
  replace(documents: Held[]): void
}

export function createDocuments(): Documents {
  const held = new Map<Subject, Held>()
  const kept = new Map<Subject, Held>()
  /** False until there is something that an event could tell a difference to. */
  let settled = false
  /** What the newest sync and its answer have named so far: whatever is held beyond is dropped when the answer is complete. */
  let named = new Set<Subject>()
  let groups: GroupRole[] | undefined
  let events: DocumentEvent[] = []
  let changed = false

  const outcome = (sync = false): Outcome => {
    const told = { events, changed, sync }
    events = []
    changed = false
    return told
  }

  const tellMembership = (subject: Subject, role: Role | null = null) => {
    groups = undefined
    if (settled && subject.startsWith('group:'))
      events.push({ event: 'MembershipChanged', group: subject.slice('group:'.length), role })
  }

  const put = ({ role: _, ...document }: Held, role: Role | undefined) => {
    const { subject, version } = document
    const before = held.get(subject)
    const newer = before && before.version < version
    const otherRole = before?.role !== role
    if (before && !newer && !otherRole) return
    changed = true
    held.set(subject, role ? { ...document, role } : document)
    if (!before || otherRole) tellMembership(subject, role)
    if (newer) events.push({ event: 'UserUpdated', id: `${subject}@${version}`, ...document } as UserUpdated)
  }

  const drop = (subject: Subject) => {
    if (!held.delete(subject)) return
    changed = true
    tellMembership(subject)
  }

  /** The newest of what the memory, the answer and a push hold, in the role that the answer names. */
  const admit = (document: Held) => {
    const { subject, role } = document
    let newest = held.get(subject) ?? document
    for (const other of [document, kept.get(subject)]) if (other && other.version > newest.version) newest = other
    kept.delete(subject)
    named.add(subject)
    put(newest, role)
  }

  const documents: Documents = {
    held,
    get groups() {
      return (groups ??= [...held.values()]
        .flatMap(({ subject, role }) => (role ? { group: subject.slice('group:'.length), role } : []))
        .sort((a, b) => (a.group < b.group ? -1 : 1)))
    },
    ref: 0,
    underWay: false,
    ask(whole) {
      documents.underWay = true
      named = new Set()
      const known: SyncMessage['known'] = {}
      const admin: Subject[] = []
      let bytes = 100
      if (!whole)
        for (const [subject, { version, role }] of held) {
          bytes += 2 * subject.length + 24
          // What does not fit one frame is not named, so the server sends it again.
          if (named.size === MAX_KNOWN_SUBJECTS || bytes > MAX_MESSAGE_BYTES) break
          known[subject] = version
          if (role === 'admin') admin.push(subject)
          named.add(subject)
        }
      return { event: 'sync', ref: ++documents.ref, known, admin }
    },
    answer({ ref, documents: newer, gone = [], more }) {
      if (ref !== documents.ref) return outcome()
      newer.forEach(admit)
      for (const subject of gone) named.delete(subject)
      if (more) return outcome()
      for (const subject of held.keys()) if (!named.has(subject)) drop(subject)
      const again = kept.size > 0
      kept.clear()
      documents.underWay = false
      settled = true
      return outcome(again)
    },
    take: whole => documents.answer({ ref: documents.ask(true).ref, documents: whole }),
    push({ event: _, id: _id, ...document }) {
      const { subject, version } = document
      const before = held.get(subject)
      if (before) {
        if (before.version < version) put(document, before.role)
        return outcome()
      }
      if ((kept.get(subject)?.version ?? 0) < version) kept.set(subject, document)
      return outcome(!documents.underWay)
    },
    hint({ group, role }) {
      if (!role) drop(`group:${group}`)
      return outcome(true)
    },
    replace(snapshot) {
      held.clear()
      kept.clear()
      groups = undefined
      for (const document of snapshot) held.set(document.subject, document)
      settled = held.size > 0
    },
  }
  return documents
}
