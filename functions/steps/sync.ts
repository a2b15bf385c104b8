import type { SettingsDocument } from '../../protocol/documents.ts'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import { mapBounded } from '../core/concurrency.ts'
import { documentOf } from '../core/messages.ts'
import { isLive } from '../core/versions.ts'
import type { Connection } from '../store/connections.ts'
import type { IndexEntry } from '../store/memberships.ts'
import type { Services } from './services.ts'

/** The version that a client holds of each subject. */
export type Known = Readonly<Record<Subject, number | undefined>>

export interface SyncResult {
  /** Everything newer than what was known, of true memberships only. */
  documents: SettingsDocument[]
  /** What was known and is not the user's to see. */
  gone: Subject[]
}

/** Documents read at once. */
const READS = 16
/** An index entry without a membership is left alone for so long: its adder may be in between. */
const INDEX_GRACE_MS = 3_600_000

/**
 * `sync`: repairs the connection's rows, then reads documents, then memberships. Rows first, so that no version falls between
 * what is answered here and what is pushed; memberships last, so that nothing is told to somebody who was removed before.
 *
 * @param connection as the authorizer knew it; a row that has to be written anew takes the expiry from here
 * @param admin the groups of which the client takes the user for an admin. A document in another role than that is answered
 *   even if its version is known: a role changes without a new version, and the hint can be lost
 * @returns 'expired' where the connection's token has expired: nothing is told to it any more
 */
export async function sync(
  { log, memberships, connections, clock }: Pick<Services, 'log' | 'memberships' | 'connections' | 'clock'>,
  connection: Connection,
  known: Known,
  admin?: readonly Subject[],
): Promise<SyncResult | 'expired'> {
  const { user } = connection
  let row = await connections.getUserRow(user, connection.connectionId)
  if ((row ?? connection).tokenExpiresAt <= clock.now()) {
    if (await connections.end(connection)) return 'expired'
    row = await connections.getUserRow(user, connection.connectionId)
  }
  if (row === undefined) await connections.ensureRows([{ connection }])
  const index = await memberships.indexOf(user)
  const groups = index.map(entry => entry.group)
  const wrong = await connections.wrongGroupRows(row ?? connection, groups)
  await connections.ensureRows(wrong.map(group => ({ connection: row ?? connection, group })))
  return readDocuments({ log, memberships, clock }, user, index, known, admin)
}

/** Reads documents, then memberships: what `sync` and `GET /me` answer. */
export async function readDocuments(
  { log, memberships, clock }: Pick<Services, 'log' | 'memberships' | 'clock'>,
  user: string,
  index: readonly IndexEntry[],
  known: Known = {},
  admin?: readonly Subject[],
): Promise<SyncResult> {
  const own = subjectOf('user', user)
  const subjects = [own, ...index.map(entry => subjectOf('group', entry.group))]
  const records = await mapBounded(subjects, READS, async subject => ({
    subject,
    record: await log.newerThan(subject, known[subject] ?? 0),
  }))
  const held = new Map(
    (
      await memberships.among(
        index.map(entry => entry.group),
        user,
      )
    ).map(membership => [subjectOf('group', membership.group), membership]),
  )

  const inOtherRole = ({ subject, record }: (typeof records)[number]): boolean =>
    record === undefined &&
    known[subject] !== undefined &&
    held.has(subject) &&
    admin?.includes(subject) !== (held.get(subject)?.role === 'admin')
  const anew = admin === undefined ? [] : records.filter(inOtherRole).map(({ subject }) => subject)
  // Once more, as though they were not known: again the documents first, then the memberships.
  if (anew.length > 0) {
    const others = Object.fromEntries(Object.entries(known).filter(([subject]) => !anew.includes(subject as Subject)))
    return readDocuments({ log, memberships, clock }, user, index, others, admin)
  }

  const documents: SettingsDocument[] = []
  const lost = new Set<Subject>(Object.keys(known) as Subject[])
  for (const { subject, record } of records) {
    if (subject === own) {
      lost.delete(own)
      if (record !== undefined || known[own] === undefined) documents.push(documentOf(own, record))
      continue
    }
    const membership = held.get(subject)
    if (membership === undefined || (record === undefined && known[subject] === undefined)) continue
    if (record !== undefined && !isLive(record)) continue
    lost.delete(subject)
    if (record !== undefined) documents.push({ ...documentOf(subject, record), role: membership.role })
  }
  const stale = index.filter(
    entry => !held.has(subjectOf('group', entry.group)) && entry.writtenAt < clock.now() - INDEX_GRACE_MS,
  )
  await mapBounded(stale, READS, entry => memberships.collectIndex(entry, user))
  return { documents, gone: [...lost] }
}
