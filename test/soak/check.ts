import type { Role, Settings } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'
import { subjectOf } from '../../protocol/ids.ts'
import type { LocalRun } from '../support/local-run.ts'
import type { Browser } from './browser.ts'
import type { Ledger } from './ledger.ts'
import type { World } from './world.ts'

interface State {
  version: number
  settings: Settings
  isAnnounced: boolean
  isTombstone: boolean
}

/** What the settings table says, read item by item and not by the code under test. */
export interface Truth {
  /** The newest version of each subject. */
  subjects: Map<Subject, State>
  /** Roles by user and group. */
  memberships: Map<string, Map<string, Role>>
  /** Groups that a user may be in, by user. */
  index: Map<string, Set<string>>
}

export async function readTruth(run: LocalRun): Promise<Truth> {
  const truth: Truth = { subjects: new Map(), memberships: new Map(), index: new Map() }
  for (const item of await run.items('Settings')) {
    const [kind = '', id = ''] = String(item['pk']).split('#')
    const [what, ...rest] = String(item['sk']).split('#')
    if (what === 'VERSION') {
      const subject = subjectOf(kind === 'GROUP' ? 'group' : 'user', id)
      const version = Number(rest[0])
      if (version < (truth.subjects.get(subject)?.version ?? 0)) continue
      truth.subjects.set(subject, {
        version,
        settings: JSON.parse(String(item['settings'])) as Settings,
        isAnnounced: item['announcedAt'] !== undefined,
        isTombstone: item['tombstone'] === true,
      })
    } else if (what === 'MEMBER') {
      const user = rest[1] ?? ''
      const groups = truth.memberships.get(user) ?? new Map<string, Role>()
      truth.memberships.set(user, groups.set(id, item['role'] as Role))
    } else if (what === 'GROUP') {
      truth.index.set(id, (truth.index.get(id) ?? new Set()).add(rest[0] ?? ''))
    }
  }
  return truth
}

/** What a browser holds that differs from the truth: one line for each difference. */
export function differences({ user, grants }: Browser, truth: Truth): string[] {
  const expected = new Map<Subject, { version: number; settings: Settings; role?: Role }>()
  const own = subjectOf('user', user)
  expected.set(own, truth.subjects.get(own) ?? { version: 0, settings: {} })
  for (const [group, role] of truth.memberships.get(user) ?? []) {
    const state = truth.subjects.get(subjectOf('group', group))
    if (state !== undefined && !state.isTombstone) expected.set(subjectOf('group', group), { ...state, role })
  }
  const found: string[] = []
  for (const { group, role } of grants.groups) {
    const right = expected.get(subjectOf('group', group))?.role
    if (right !== role) found.push(`${user} holds group:${group} as ${role}, not as ${right ?? 'nobody'}`)
  }
  for (const [subject, { version, settings }] of expected) {
    const held = grants.version(subject)
    if (held !== version) found.push(`${user} holds version ${held ?? 'none'} of ${subject}, not ${version}`)
    else if (!sameSettings(grants.settings(subject), settings)) found.push(`${user} holds other settings of ${subject}`)
  }
  return found
}

/** The settings of one version come from one record, so even the order of their keys is the same. */
const sameSettings = (a: Settings | undefined, b: Settings): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What the table must say after everything that was answered: nothing that was acknowledged is lost. */
export function checkTable(truth: Truth, world: World, ledger: Ledger): void {
  for (const [key, role] of world.roles) {
    const [group = '', user = ''] = key.split(' ')
    const found = truth.memberships.get(user)?.get(group) ?? 'none'
    if (role !== undefined && role !== found)
      ledger.broken('lost membership', `${user} is ${found} in ${group}; the last answer said ${role}`)
  }
  for (const [user, groups] of truth.memberships)
    for (const group of groups.keys())
      if (truth.index.get(user)?.has(group) !== true)
        ledger.broken('lost membership', `${user} is in ${group}, and the index does not say so`)
  for (const group of world.groups)
    world.checkAcknowledged(group, truth.subjects.get(subjectOf('group', group))?.settings ?? {})
}
