import { nextVersion, type Intent, type VersionRecord } from '../../functions/core/versions.ts'
import { audienceKey } from '../../functions/core/audience.ts'
import { sameJson } from '../../functions/core/merge-patch.ts'
import type { ServerEvent } from '../../protocol/events.ts'
import type { Change, Settings, SettingsDocument } from '../../protocol/documents.ts'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import type { Browser } from './browser.ts'
import type { Item, Write } from './dynamodb.ts'
import type { GatewayConnection } from './gateway.ts'
import { CONNECTIONS, SETTINGS, type World } from './world.ts'

/** The guarantees of docs/guarantees.md; `ADMIN`: a group keeps an admin; `END`: what is begun ends, without a fault. */
export type Guarantee = 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7' | 'ADMIN' | 'END'

export const GROUPS = ['g', 'h'] as const
export const USERS = ['ann', 'ben', 'amy'] as const

export class GuaranteeBroken extends Error {
  override readonly name = 'GuaranteeBroken'
  readonly guarantee: Guarantee

  constructor(guarantee: Guarantee, what: string) {
    super(`${guarantee}: ${what}`)
    this.guarantee = guarantee
  }
}

/** Watches a world, and says what of the guarantees does not hold in it. It looks at the tables themselves. */
export class Guarantees {
  readonly #world: World
  readonly broken: GuaranteeBroken[] = []
  /** The version that was current when a removal had answered, and the moment; until the user is put into the group again. */
  readonly #fences = new Map<string, { version: number; moment: number }>()
  /** Whose membership of a group was written after that group was deleted: what becomes of it is not promised. */
  readonly #late = new Set<string>()
  /** Whom somebody began to remove. */
  readonly #removing = new Set<string>()
  #moments = 0

  constructor(world: World) {
    this.#world = world
    world.dynamoDb.onWrite = write => this.#watch(write)
  }

  break(guarantee: Guarantee, what: string): void {
    this.broken.push(new GuaranteeBroken(guarantee, what))
  }

  subjectsOf(user: string): Subject[] {
    return [subjectOf('user', user), ...GROUPS.map(group => subjectOf('group', group))]
  }

  /** Orders what happens. */
  moment(): number {
    return ++this.#moments
  }

  log(subject: Subject): Item[] {
    return this.#world.dynamoDb.under(SETTINGS, partitionOf(subject), 'VERSION#')
  }

  newest(subject: Subject): number {
    return Number(this.log(subject).at(-1)?.sk.slice('VERSION#'.length) ?? 0)
  }

  isLive(group: string): boolean {
    return this.log(subjectOf('group', group)).at(-1)?.['tombstone'] === false
  }

  /** The truth: undefined, or the role. */
  roleOf(group: string, user: string): string | undefined {
    const member = this.#world.dynamoDb.get(SETTINGS, {
      pk: `GROUP#${group}`,
      sk: `MEMBER#${audienceKey(user)}`,
    })
    return member === undefined || !this.isLive(group) ? undefined : String(member['role'])
  }

  #watch({ table, key, before, after, put }: Write): void {
    if (table !== SETTINGS || !key.sk.startsWith('MEMBER#')) return
    const group = key.pk.slice('GROUP#'.length)
    const user = key.sk.slice('MEMBER#hh#'.length)
    if (put) this.#fences.delete(`${group} ${user}`)
    if (put && Number(after?.['groupVersion']) < this.#deletedAt(group)) this.#late.add(`${group} ${user}`)
    const isOfToday = (member: Item | undefined): boolean =>
      Number(member?.['groupVersion']) > this.#deletedAt(group) && this.isLive(group)
    const wasAdmin = before?.['role'] === 'admin' && isOfToday(before)
    if (before !== undefined && after === undefined && isOfToday(before) && !this.#removing.has(`${group} ${user}`))
      this.break('G5', `nobody removed ${user} from ${group}`)
    if (!wasAdmin || after?.['role'] === 'admin') return
    const others = this.#world.dynamoDb.under(SETTINGS, key.pk, 'MEMBER#')
    if (!others.some(other => other['role'] === 'admin' && isOfToday(other)))
      this.break('ADMIN', `${group} has no admin left`)
  }

  /** The version by which a group of this name was last deleted. */
  #deletedAt(group: string): number {
    const tombstone = this.log(subjectOf('group', group)).findLast(item => item['tombstone'] === true)
    return Number(tombstone?.sk.slice('VERSION#'.length) ?? 0)
  }

  /** `DELETE /groups/{g}/members/{u}` begins. */
  removing(group: string, user: string): void {
    this.#removing.add(`${group} ${user}`)
  }

  /** `DELETE /groups/{g}/members/{u}` has answered, or the group was deleted. */
  removed(group: string, user: string): void {
    if (this.roleOf(group, user) !== undefined) return
    if (this.#late.has(`${group} ${user}`)) return
    this.#fences.set(`${group} ${user}`, { version: this.newest(subjectOf('group', group)), moment: this.moment() })
  }

  /** A post goes out. Its check is at that moment: it may be on its way for longer. */
  posted(connection: GatewayConnection, text: string, sentAt: number): void {
    const { event } = JSON.parse(text) as ServerEvent
    if (event !== 'SignedOut' && sentAt >= connection.shownExpiry)
      this.break('G4', `${connection.id} is sent ${event} after its token expired`)
    if (event === 'SignedOut' && text.includes('token_expired') && this.#world.now < connection.confirmedExpiry)
      this.break('G4', `${connection.id} is signed out before its token expires`)
  }

  /** A message arrives in a browser. */
  received({ id, user }: GatewayConnection, text: string): void {
    const message = JSON.parse(text) as {
      event: string
      subject?: Subject
      version?: number
      data?: { moment: number }
    } & {
      documents?: SettingsDocument[]
    }
    if (message.subject !== undefined && message.version !== undefined)
      this.shown(user, message.subject, message.version, `${id} gets`)
    for (const { subject, version } of message.documents ?? []) this.shown(user, subject, version, `${id} is answered`)
    const fence = this.#fences.get(`${String(message.subject).slice('group:'.length)} ${user}`)
    if (fence !== undefined && message.data !== undefined && message.data.moment > fence.moment)
      this.break('G3', `${user} gets an event that was sent after the removal`)
  }

  /** A user is shown a version, over whatever way. */
  shown(user: string, subject: Subject, version: number, how: string): void {
    const fence = this.#fences.get(`${subject.slice('group:'.length)} ${user}`)
    if (fence !== undefined && version > fence.version)
      this.break('G3', `${user}: ${how} version ${version} of ${subject} after a removal at ${fence.version}`)
  }

  /** An update has answered with this version. */
  updated(subject: Subject, newestAtStart: number, record: VersionRecord, commitId: string, ifMatch?: number): void {
    if (record.version < newestAtStart)
      this.break('G5', `an update is answered with version ${record.version}, ${newestAtStart} was there before`)
    const mine = this.log(subject).filter(item => item['commitId'] === commitId)
    if (mine.length > 1) this.break('G5', 'an update was committed twice')
    if (mine.length === 1 && ifMatch !== undefined && record.version !== ifMatch + 1)
      this.break('G5', `If-Match ${ifMatch} made version ${record.version}`)
  }

  /** When everything has come to rest: what every browser shows, and what the tables say. */
  checkAtRest(browsers: readonly Browser[]): void {
    const { weather, queue, gateway, dynamoDb } = this.#world
    for (const browser of browsers) {
      const { user, grants } = browser
      if (grants.connection.state === 'closed') continue
      if (grants.connection.state !== 'connected') this.break('END', `${user} is ${grants.connection.state}`)
      const own = grants.version(subjectOf('user', user))
      if (own !== this.newest(subjectOf('user', user)))
        this.break('G1', `${weather}: ${user} holds own version ${own ?? 0}`)
      for (const group of GROUPS) {
        if (this.#late.has(`${group} ${user}`)) continue
        const role = this.roleOf(group, user)
        const truth = role === undefined ? undefined : this.newest(subjectOf('group', group))
        const held = grants.version(subjectOf('group', group))
        if (held !== truth)
          this.break(
            truth === undefined ? 'G3' : 'G1',
            `${weather}: ${user} holds ${held ?? 0} of ${group}, truth is ${truth ?? 0}`,
          )
        else if (grants.groups.find(other => other.group === group)?.role !== role)
          this.break('G1', `${weather}: ${user} does not know the role ${role ?? 'none'} in ${group}`)
      }
    }
    for (const { id, user, confirmedExpiry } of gateway.open) {
      if (confirmedExpiry <= this.#world.now) continue
      const rows = [
        { pk: `USER#${user}`, sk: id },
        ...GROUPS.flatMap(group =>
          this.roleOf(group, user) === undefined ? [] : [{ pk: `GROUP#${group}`, sk: `${audienceKey(user)}#${id}` }],
        ),
      ]
      for (const row of rows) {
        const expiry = dynamoDb.get(CONNECTIONS, row)?.['tokenExpiresAt']
        const guarantee = weather === 'calm' ? 'G1' : 'G7'
        if (expiry === undefined) this.break(guarantee, `${id} has no row under ${row.pk}`)
        else if (Number(expiry) < confirmedExpiry)
          this.break(guarantee, `the row of ${id} under ${row.pk} knows no renewal`)
      }
    }
    const given = new Set(queue.dead.map(task => ('subject' in task ? task.subject : '')))
    for (const subject of [
      ...USERS.map(user => subjectOf('user', user)),
      ...GROUPS.map(group => subjectOf('group', group)),
    ]) {
      this.#checkLog(subject)
      const newest = this.log(subject).at(-1)
      if (newest !== undefined && newest['announcedAt'] === undefined && !given.has(subject))
        this.break('G6', `the newest version of ${subject} was never announced`)
    }
  }

  /** Each version follows from the one before it, and none repeats it. */
  #checkLog(subject: Subject): void {
    let before: VersionRecord | undefined
    for (const [index, item] of this.log(subject).entries()) {
      const settings = JSON.parse(String(item['settings'])) as Settings
      const change = JSON.parse(String(item['change'])) as Change
      const author = { updatedBy: String(item['updatedBy']), updatedAt: '', commitId: String(item['commitId']) }
      const tombstone = item['tombstone'] === true
      const intent: Intent = tombstone ? { kind: 'delete' } : { kind: 'patch', change }
      const next = nextVersion(subject, before, intent, author)
      if (Number(item.sk.slice('VERSION#'.length)) !== index + 1) this.break('G5', `${subject} has a gap at ${item.sk}`)
      if (next === undefined) this.break('G5', `${item.sk} of ${subject} changed nothing`)
      else if (!sameJson(next.settings, settings))
        this.break('G5', `${item.sk} of ${subject} lost what was written before it`)
      before = { ...author, subject, version: index + 1, settings, change, tombstone }
    }
  }
}

const partitionOf = (subject: Subject): string => {
  const [kind = '', id = ''] = subject.split(':')
  return `${kind.toUpperCase()}#${id}`
}
