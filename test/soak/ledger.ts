import { inspect } from 'node:util'
import type { Subject } from '../../protocol/ids.ts'
import { parseSubject } from '../../protocol/ids.ts'

/** Which guarantee was broken: see docs/guarantees.md. `failed`: the soak could not do, or not end, what it had begun. */
export type Broken =
  'lost' | 'leaked' | 'step back' | 'past expiry' | 'lost write' | 'lost membership' | 'not announced' | 'failed'

/** How a user stands to a group, as whoever calls the API knows it. */
type Standing =
  /** A member, or somebody is about to make the user one: everything may arrive. */
  | 'inside'
  /** A removal was answered at `since`: no version over `newest` may arrive, nor an event that was sent later. */
  | { since: number; newest: number }

/** Violations that are told in full; all of them are counted. */
const TOLD = 50

/**
 * What was done to memberships, and what may therefore arrive. It knows only what whoever calls the API can know, so it
 * errs on the side of letting through: a version that was committed while a removal was under way may arrive.
 */
export class Ledger {
  readonly violations: string[] = []
  readonly counts = new Map<Broken, number>()
  /** By group and user; whoever is not in here was never inside. */
  readonly #standings = new Map<string, Map<string, Standing>>()

  broken(what: Broken, detail: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
    if (this.violations.length < TOLD) this.violations.push(`${what}: ${detail}`)
  }

  failed(error: unknown): void {
    this.broken('failed', inspect(error))
  }

  /** Before the request that adds a user is sent. */
  open(group: string, user: string): void {
    this.#of(group).set(user, 'inside')
  }

  /**
   * After a removal was answered.
   *
   * @param since when it was answered
   * @param newest the newest version of the group, read after the answer
   */
  close(group: string, user: string, since: number, newest: number): void {
    this.#of(group).set(user, { since, newest })
  }

  /** After the group's deletion was answered. */
  closeAll(group: string, since: number, newest: number): void {
    for (const user of this.#of(group).keys()) this.close(group, user, since, newest)
  }

  isInside(group: string, user: string): boolean {
    return this.#of(group).get(user) === 'inside'
  }

  /** Everybody who was inside once and is not any more. */
  outsiders(): { group: string; user: string }[] {
    return [...this.#standings].flatMap(([group, users]) =>
      [...users].flatMap(([user, standing]) => (standing === 'inside' ? [] : [{ group, user }])),
    )
  }

  /** A document came to a connection of this user. */
  document(user: string, subject: Subject, version: number, how: string): void {
    const { kind, id } = parseSubject(subject) ?? { kind: 'user', id: '' }
    if (kind === 'user') {
      if (id !== user) this.broken('leaked', `${subject} version ${version} to ${user} by ${how}`)
      return
    }
    const standing = this.#of(id).get(user)
    if (standing === 'inside' || (standing !== undefined && version <= standing.newest)) return
    const removed = standing === undefined ? 'never a member' : `removed at version ${standing.newest}`
    this.broken('leaked', `${subject} version ${version} to ${user} (${removed}) by ${how}`)
  }

  /** A custom event that was sent at this time came to a connection of this user. */
  event(user: string, subject: Subject, sentAt: number): void {
    const standing = this.#of(parseSubject(subject)?.id ?? '').get(user)
    if (standing === 'inside' || (standing !== undefined && sentAt <= standing.since)) return
    this.broken('leaked', `an event of ${subject} to ${user}, who is no member`)
  }

  #of(group: string): Map<string, Standing> {
    const known = this.#standings.get(group)
    if (known !== undefined) return known
    const users = new Map<string, Standing>()
    this.#standings.set(group, users)
    return users
  }
}
