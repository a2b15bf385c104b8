import type { Delivery } from '../../protocol/documents.ts'
import { parseSubject, type Subject } from '../../protocol/ids.ts'
import { iso } from '../core/clock.ts'
import { allInOrder } from '../core/concurrency.ts'
import { GrantwireError, noSuchGroup } from '../core/errors.ts'
import { isLive, nextVersion, type Intent, type VersionRecord } from '../core/versions.ts'
import type { ExcludedConnection } from '../gateway/fan-out-queue.ts'
import { announce, type Budget } from './broadcast.ts'
import type { Services } from './services.ts'

export interface Update {
  subject: Subject
  /** What the next version shall be; may look at the current one. */
  intent: Intent | ((current: VersionRecord | undefined) => Promise<Intent>)
  /** Who. */
  updatedBy: string
  commitId: string
  /** Versions of which the current one must be one (`If-Match`); '*' asks for any. */
  ifMatch?: readonly number[] | '*'
  /** Rejects where the caller may not do this; asked while the current version is read, before anything is written. */
  permission?: () => Promise<void>
  /** What must be there before: 'absent' for a group that is made. Users' settings need nothing. */
  expect?: 'absent'
  exclude?: ExcludedConnection
}

export interface Updated {
  record: VersionRecord
  /** False where the settings came out equal, so that no version was made. */
  changed: boolean
  delivery: Delivery
}

/** Times that a lost race is run again. */
const ATTEMPTS = 10
const NOTHING: Delivery = { delivered: 0, gone: 0, queued: 0 }

/**
 * An update: sends the re-check (in parallel with the first read, so it costs no time), commits the next version, broadcasts
 * it. Where this Lambda dies after the commit, the re-check finds the version unannounced and broadcasts it.
 *
 * @throws GrantwireError group_not_found, group_exists, version_mismatch, settings_too_large, conflict
 */
export async function updateSettings(services: Services, update: Update, budget: Budget): Promise<Updated> {
  const { log, queue } = services
  const { subject } = update
  const [current] = await allInOrder([
    log.newest(subject).then(newest => found(update, newest)),
    queue.send([{ kind: 'recheck', subject }]),
    update.permission?.(),
  ])
  const { record, changed } = await commit(services, update, current)
  // A version that nobody was told of yet is announced by a repeated patch, too: its first sender may have died.
  if (!changed && record.announcedAt !== undefined) return { record, changed, delivery: NOTHING }
  const retireBefore = (): Promise<void> => retire(services, subject, changed ? record.version - 1 : 0)
  const delivery = await announce(services, record, budget, update.exclude, retireBefore).catch(
    async (error: unknown): Promise<Delivery> => {
      // The version is committed and its re-check is on the way: the queue finishes what failed here.
      console.error('broadcast failed; the re-check will repeat it', { subject, version: record.version, error })
      await retireBefore()
      return { ...NOTHING, queued: 1 }
    },
  )
  return { record, changed, delivery }
}

/** Starts the retention of a superseded version; 0 is none. The update is done without it: that version is kept for longer, no more. */
async function retire({ log }: Pick<Services, 'log'>, subject: Subject, version: number): Promise<void> {
  if (version === 0) return
  try {
    await log.supersede(subject, version)
  } catch (error) {
    console.error('the retention of a superseded version could not be set', { subject, version, error })
  }
}

async function commit(
  { log, clock, random }: Services,
  update: Update,
  first: VersionRecord | undefined,
): Promise<{ record: VersionRecord; changed: boolean }> {
  const { subject, updatedBy, commitId } = update
  let current = first
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    matchVersion(update, current)
    const intent = typeof update.intent === 'function' ? await update.intent(current) : update.intent
    const author = { updatedBy, updatedAt: iso(clock.now()), commitId }
    const record = nextVersion(subject, current, intent, author)
    if (record === undefined) return { record: current as VersionRecord, changed: false }
    if (await log.append(record)) return { record, changed: true }
    await clock.sleep(random() * 10 * 2 ** Math.min(attempt, 6))
    current = found(update, await log.newest(subject))
  }
  throw new GrantwireError('conflict', `${ATTEMPTS} others wrote ${subject} first. Try again.`)
}

/** The current version, where the subject is there or absent as it should be. */
function found({ subject, expect }: Update, current: VersionRecord | undefined): VersionRecord | undefined {
  const parsed = parseSubject(subject)
  if (expect === 'absent' && isLive(current))
    throw new GrantwireError('group_exists', `The group ${parsed?.id ?? subject} exists already. Change it with PATCH.`)
  if (expect === undefined && parsed?.kind === 'group' && !isLive(current)) throw noSuchGroup(parsed.id)
  return current
}

/** @throws GrantwireError version_mismatch where the current version is none that the update may follow */
function matchVersion({ ifMatch }: Update, current: VersionRecord | undefined): void {
  const version = current?.version ?? 0
  if (ifMatch === undefined || (ifMatch === '*' ? version > 0 : ifMatch.includes(version))) return
  throw new GrantwireError(
    'version_mismatch',
    `The current version is ${version}. Read it, apply the change to it, and send its ETag in If-Match.`,
    { version },
  )
}
