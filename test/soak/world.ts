import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { systemClock } from '../../functions/core/clock.ts'
import { mapBounded } from '../../functions/core/concurrency.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'
import type { Role, Settings } from '../../protocol/documents.ts'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import type { Answer, LocalRun } from '../support/local-run.ts'
import type { Chance } from './chance.ts'
import { Figures } from './figures.ts'
import type { Ledger } from './ledger.ts'
import { pause } from './pause.ts'

/** Requests at once while the groups are made. */
const SETUP = 8
/** Repetitions of a request until its outcome is known. */
const REPEATS = 8
const REPEAT_MS = 300
/** The group that is deleted and made anew again and again. */
const PHOENIX = 'phoenix'

const adminOf = (group: string): string => `admin-${group}`

/** The groups and users of a soak, and everything that is done to them over HTTP; the ledger is told what that allows. */
export class World {
  readonly groups: readonly string[]
  readonly users: readonly string[]
  readonly figures = new Figures()
  /** What the last answer said of each user in each group, `none` for nobody; undefined where no answer said it for sure. */
  readonly roles = new Map<string, Role | 'none' | undefined>()
  /** The last value of each key that was acknowledged, by group. */
  readonly acknowledged = new Map<string, ReadonlyMap<string, number>>()
  /** Acknowledged values that were found to be lost: each is told once. */
  readonly #missed = new Set<number>()
  readonly #run: LocalRun
  readonly #ledger: Ledger
  readonly #chance: Chance
  readonly #log: SettingsLog
  readonly #busy = new Set<string>()
  #value = 0

  constructor(run: LocalRun, ledger: Ledger, chance: Chance, size: { groups: number; users: number }) {
    this.#run = run
    this.#ledger = ledger
    this.#chance = chance
    this.groups = Array.from({ length: size.groups - 1 }, (_, i) => `group-${i}`)
    this.users = Array.from({ length: size.users }, (_, i) => `user-${i}`)
    const client = DynamoDBDocumentClient.from(run.stack.dynamoDb.client)
    this.#log = new SettingsLog({ name: run.tableName('Settings'), client, clock: systemClock }, 365)
  }

  /** Makes the groups, and puts each user into two of them. */
  async populate(): Promise<void> {
    await mapBounded([...this.groups, PHOENIX], SETUP, group => this.#make(group))
    await mapBounded(this.users, SETUP, async user => {
      for (const group of new Set([this.#chance.pick(this.groups), this.#chance.pick(this.groups)]))
        await this.#put(group, user, 'member')
    })
  }

  /** A key of a group's settings gets a new value; each key has one writer, who knows what it wrote last. */
  async update(key: string, group = this.#chance.pick(this.groups)): Promise<void> {
    const value = ++this.#value
    const before = this.acknowledged.get(group) ?? new Map<string, number>()
    const answer = await this.#patch(adminOf(group), subjectOf('group', group), { [key]: value, flag: value % 2 === 0 })
    if (answer.status !== 200) return
    this.acknowledged.set(group, new Map(this.acknowledged.get(group)).set(key, value))
    this.checkAcknowledged(group, answer.body['settings'] as Settings, before)
  }

  /** Whatever was acknowledged before these settings were asked for is in them, or a later value of the same key. */
  checkAcknowledged(group: string, settings: Settings, acknowledged = this.acknowledged.get(group)): void {
    for (const [key, value] of acknowledged ?? []) {
      const found = settings[key]
      // Later tries that were not acknowledged may have been committed all the same.
      if ((typeof found === 'number' && found >= value) || this.#missed.has(value)) continue
      this.#missed.add(value)
      this.#ledger.broken('lost write', `${key} of ${group} is ${JSON.stringify(found)}; ${value} was acknowledged`)
    }
  }

  /** Several write to one group at the same moment, each a key of their own. */
  async updateTogether(keys: readonly string[]): Promise<void> {
    const group = this.#chance.pick(this.groups)
    await Promise.all(keys.map(key => this.update(key, group)))
  }

  /** A user's own settings change. */
  async updateUser(): Promise<void> {
    await this.#patch('service', subjectOf('user', this.#chance.pick(this.users)), { value: ++this.#value })
  }

  /** Somebody is added, removed, or given another role. */
  async changeMembership(): Promise<void> {
    const group = this.#chance.pick(this.groups)
    const user = this.#chance.pick(this.users)
    await this.#alone(group, user, async () => {
      if (!this.#ledger.isInside(group, user)) await this.#put(group, user, 'member')
      else if (this.#chance.next() < 0.6) await this.#remove(group, user)
      else await this.#put(group, user, this.roles.get(`${group} ${user}`) === 'admin' ? 'member' : 'admin')
    })
  }

  /** A custom event to a group. */
  async emit(): Promise<void> {
    const group = this.#chance.pick(this.groups)
    const body = { event: 'Chimed', data: { sentAt: performance.now() } }
    await this.#request(adminOf(group), 'POST', `/groups/${group}/events`, body)
  }

  /** Somebody who was removed asks over HTTP. */
  async askAsOutsider(): Promise<void> {
    const outsiders = this.#ledger.outsiders()
    if (outsiders.length === 0) return
    const { group, user } = this.#chance.pick(outsiders)
    await this.#alone(group, user, async () => {
      if (this.#ledger.isInside(group, user)) return
      const { status } = await this.#request(user, 'GET', `/groups/${group}`)
      if (status === 200) this.#ledger.broken('leaked', `group:${group} to ${user} by GET`)
      const { status: answered, body } = await this.#request(user, 'GET', '/me')
      if (answered !== 200) return
      if ((body['groups'] as { group: string }[]).some(entry => entry.group === group))
        this.#ledger.broken('leaked', `group:${group} to ${user} by GET /me`)
    })
  }

  /** A group is deleted, and made anew with other members. */
  async rebirth(): Promise<void> {
    if ((await this.#until([204, 404], 'service', 'DELETE', `/groups/${PHOENIX}`)) === undefined) return
    const since = performance.now()
    this.#ledger.closeAll(PHOENIX, since, await this.newest(subjectOf('group', PHOENIX)))
    for (const key of this.roles.keys()) if (key.startsWith(`${PHOENIX} `)) this.roles.set(key, 'none')
    await this.#make(PHOENIX)
    const members = Array.from({ length: 3 }, () => this.#chance.pick(this.users))
    for (const user of new Set(members)) await this.#put(PHOENIX, user, 'member')
    await this.#patch(adminOf(PHOENIX), subjectOf('group', PHOENIX), { value: ++this.#value })
  }

  /** One more version of every group and of some users, by a key of this name. Whose it is. */
  async updateAll(name: string): Promise<Subject[]> {
    const subjects: Subject[] = [
      ...[...this.groups, PHOENIX].map(group => subjectOf('group', group)),
      ...this.users.slice(0, 20).map(user => subjectOf('user', user)),
    ]
    await mapBounded(subjects, 4, async subject => {
      const answer = await this.#patch('service', subject, { [name]: ++this.#value })
      if (answer.status !== 200) throw new Error(`an update without faults answered ${answer.status}`)
    })
    return subjects
  }

  /** The newest version of a subject, by the log itself. */
  async newest(subject: Subject): Promise<number> {
    return (await this.#log.newest(subject))?.version ?? 0
  }

  async #patch(user: string, subject: Subject, change: object): Promise<Answer> {
    const path = `/${subject.startsWith('group:') ? 'groups' : 'users'}/${subject.slice(subject.indexOf(':') + 1)}`
    const startedAt = performance.now()
    const answer = await this.#request(user, 'PATCH', path, change)
    if (answer.status === 200)
      this.figures.updated(`${subject}@${String(answer.body['version'])}`, startedAt, performance.now())
    return answer
  }

  async #make(group: string): Promise<void> {
    this.#ledger.open(group, adminOf(group))
    // 409: an earlier try made it, and its answer was lost.
    const status = await this.#until([201, 409], 'service', 'PUT', `/groups/${group}`, { admin: adminOf(group) })
    this.roles.set(`${group} ${adminOf(group)}`, status === undefined ? undefined : 'admin')
  }

  async #put(group: string, user: string, role: Role): Promise<void> {
    this.#ledger.open(group, user)
    const status = await this.#until([200, 201], 'service', 'PUT', `/groups/${group}/members/${user}`, { role })
    this.roles.set(`${group} ${user}`, status === undefined ? undefined : role)
  }

  async #remove(group: string, user: string): Promise<void> {
    const status = await this.#until([204, 404], 'service', 'DELETE', `/groups/${group}/members/${user}`)
    const since = performance.now()
    this.roles.set(`${group} ${user}`, status === undefined ? undefined : 'none')
    if (status !== undefined) this.#ledger.close(group, user, since, await this.newest(subjectOf('group', group)))
  }

  /** Repeats a request until it is answered with one of these; undefined where it never is. */
  async #until(statuses: readonly number[], ...request: Parameters<LocalRun['request']>): Promise<number | undefined> {
    for (let i = 0; i < REPEATS; i++) {
      const { status } = await this.#request(...request)
      if (statuses.includes(status)) return status
      await pause(REPEAT_MS)
    }
    return undefined
  }

  async #request(...request: Parameters<LocalRun['request']>): Promise<Answer> {
    const answer = await this.#run.request(...request)
    this.figures.answered(answer.status)
    return answer
  }

  /** Nobody else touches this user in this group meanwhile; where somebody does already, nothing is done. */
  async #alone(group: string, user: string, act: () => Promise<void>): Promise<void> {
    const key = `${group} ${user}`
    if (group === PHOENIX || this.#busy.has(key)) return
    this.#busy.add(key)
    try {
      await act()
    } finally {
      this.#busy.delete(key)
    }
  }
}
