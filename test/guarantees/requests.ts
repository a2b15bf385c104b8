import fc from 'fast-check'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import type { Role } from '../../protocol/documents.ts'
import { GrantwireError } from '../../functions/core/errors.ts'
import { requireAdmin } from '../../functions/http/permit.ts'
import type { VersionRecord } from '../../functions/core/versions.ts'
import { broadcast, type Budget } from '../../functions/steps/broadcast.ts'
import { closeConnections } from '../../functions/steps/close-connections.ts'
import { createGroup, deleteGroup } from '../../functions/steps/groups.ts'
import { addMember, removeMember, requireGroup } from '../../functions/steps/members.ts'
import { readGroup } from '../../functions/steps/read-group.ts'
import { readHistory } from '../../functions/steps/read-history.ts'
import { readDocuments } from '../../functions/steps/sync.ts'
import { updateSettings, type Update } from '../../functions/steps/update-settings.ts'
import { Act, type Stage } from './act.ts'
import { GROUPS, USERS } from './guarantees.ts'
import type { Lambda, LambdaOptions, World } from './world.ts'

/** Runs a Lambda of the HTTP API. Errors that its caller is told are no faults. */
async function request(world: World, name: string, options: LambdaOptions, run: (lambda: Lambda) => Promise<unknown>) {
  try {
    await world.invoke(name, options, run)
  } catch (error) {
    if (error instanceof GrantwireError) return
    world.guarantees.break('END', `${name} failed: ${(error as Error).stack ?? String(error)}`)
  }
}

const budgetOf = (lambda: Lambda, limit: number): Budget => ({ deadline: lambda.startedAt + 5_500, limit })
let commits = 0

function update(
  { world }: Stage,
  subject: Subject,
  what: Pick<Update, 'intent'> & { ifMatch?: number },
  { limit, diesAt }: { limit: number; diesAt: number | undefined },
): void {
  const { guarantees } = world
  const commitId = `commit-${++commits}`
  const newestAtStart = guarantees.newest(subject)
  const { ifMatch, intent } = what
  const options = { diesAt, mayDie: true }
  void request(world, `update ${subject}`, options, async lambda => {
    const { record } = await updateSettings(
      lambda.services,
      { subject, intent, updatedBy: 'amy', commitId, ...(ifMatch === undefined ? {} : { ifMatch: [ifMatch] }) },
      budgetOf(lambda, limit),
    )
    guarantees.updated(subject, newestAtStart, record, commitId, ifMatch)
  })
}

async function revert(lambda: Lambda, subject: Subject, version: number): Promise<VersionRecord> {
  const record = await lambda.services.log.version(subject, version)
  if (record === undefined || record.tombstone) throw new GrantwireError('version_not_found', 'no such version')
  return record
}

/** Most happens to one group. */
export const SOME = [...GROUPS, 'g', 'g']
export const group = fc.constantFrom(...SOME)
export const user = fc.constantFrom(...USERS)
export const anyRole = fc.constantFrom<Role>('member', 'member', 'member', 'admin')
const limit = fc.constantFrom(1, 2, 2_000, 2_000)
const diesAt = fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined, freq: 2 })
const key = fc.constantFrom('a', 'b', 'c')
const value = fc.integer({ min: 0, max: 2 })

export const updatesOf = (...groups: string[]) =>
  fc
    .record({ group: fc.constantFrom(...groups), key, value, limit, diesAt })
    .map(
      ({ group, key, value, ...how }) =>
        new Act(`update ${group} ${key}=${value} ${JSON.stringify(how)}`, stage =>
          update(stage, subjectOf('group', group), { intent: { kind: 'patch', change: { [key]: value } } }, how),
        ),
    )

export const matchedUpdates = fc.record({ group, key, value, limit, diesAt }).map(
  ({ group, key, value, ...how }) =>
    new Act(`update ${group} ${key}=${value} if unchanged ${JSON.stringify(how)}`, stage => {
      const subject = subjectOf('group', group)
      const ifMatch = stage.world.guarantees.newest(subject)
      update(stage, subject, { intent: { kind: 'patch', change: { [key]: value } }, ifMatch }, how)
    }),
)

export const userUpdatesOf = (user: fc.Arbitrary<string>) =>
  fc
    .record({ user, value, limit, diesAt })
    .map(
      ({ user, value, ...how }) =>
        new Act(`update ${user} a=${value} ${JSON.stringify(how)}`, stage =>
          update(stage, subjectOf('user', user), { intent: { kind: 'patch', change: { a: value } } }, how),
        ),
    )

export const reverts = fc.record({ group, back: fc.integer({ min: 1, max: 3 }) }).map(
  ({ group, back }) =>
    new Act(`revert ${group} by ${back}`, ({ world }) => {
      const subject = subjectOf('group', group)
      const version = world.guarantees.newest(subject) - back
      const isThere = world.guarantees.log(subject)[version - 1]?.['tombstone'] === false
      void request(world, `revert ${subject}`, { mayDie: true }, async lambda => {
        const intent = async () => {
          try {
            return { kind: 'replace', settings: (await revert(lambda, subject, version)).settings } as const
          } catch (error) {
            if (isThere) world.guarantees.break('G5', `version ${version} of ${subject} is not found`)
            throw error
          }
        }
        await updateSettings(
          lambda.services,
          { subject, intent, updatedBy: 'amy', commitId: `commit-${++commits}` },
          budgetOf(lambda, 2_000),
        )
      })
    }),
)

export const addsOf = (group: fc.Arbitrary<string>, user: fc.Arbitrary<string>, role: fc.Arbitrary<Role> = anyRole) =>
  fc.record({ group, user, role }).map(
    ({ group, user, role }) =>
      new Act(`add ${user} to ${group} as ${role}`, ({ world }) => {
        void request(world, `add ${user} ${group}`, {}, async ({ services }) => {
          await addMember(services, await requireGroup(services, group), user, role)
        })
      }),
  )

export const removalsOf = (group: fc.Arbitrary<string>, user: fc.Arbitrary<string>) =>
  fc.record({ group, user }).map(
    ({ group, user }) =>
      new Act(`remove ${user} from ${group}`, ({ world }) => {
        world.guarantees.removing(group, user)
        void request(world, `remove ${user} ${group}`, {}, async ({ services }) => {
          await removeMember(services, group, user)
          world.guarantees.removed(group, user)
        })
      }),
  )

export const creationsOf = (group: fc.Arbitrary<string>, user: fc.Arbitrary<string>) =>
  fc.record({ group, user }).map(
    ({ group, user }) =>
      new Act(`create ${group} for ${user}`, ({ world }) => {
        void request(world, `create ${group}`, {}, lambda =>
          createGroup(
            lambda.services,
            group,
            { admin: user, settings: { made: true } },
            { updatedBy: 'service', commitId: `commit-${++commits}` },
            budgetOf(lambda, 2_000),
          ),
        )
      }),
  )

export const deletionsOf = (group: fc.Arbitrary<string>) =>
  fc.record({ group, limit, diesAt }).map(
    ({ group, limit, diesAt }) =>
      new Act(`delete ${group}`, ({ world }) => {
        void request(world, `delete ${group}`, { diesAt, mayDie: true }, async lambda => {
          const by = { updatedBy: 'service', commitId: `commit-${++commits}` }
          await deleteGroup(lambda.services, group, by, budgetOf(lambda, limit))
          for (const user of USERS) world.guarantees.removed(group, user)
        })
      }),
  )

export const emits = fc.record({ group, limit }).map(
  ({ group, limit }) =>
    new Act(`emit to ${group}`, ({ world }) => {
      const subject = subjectOf('group', group)
      const data = { moment: world.guarantees.moment() }
      const custom = { event: 'Ping', id: `e${data.moment}`, subject, data, sentBy: 'amy', sentAt: '' }
      void request(world, `emit ${group}`, {}, async lambda => {
        await requireGroup(lambda.services, group)
        await broadcast(
          lambda.services,
          { subject, announcement: { custom }, message: custom },
          budgetOf(lambda, limit),
        )
      })
    }),
)

/** What a user reads over HTTP: `GET /me`, `GET /groups/{id}`, `GET /groups/{id}/history`. */
const READS = {
  everything: async ({ services }: Lambda, user: string) =>
    (await readDocuments(services, user, await services.memberships.indexOf(user))).documents,
  document: async ({ services }: Lambda, user: string, group: string) => [
    await readGroup(services, { user, service: false }, group),
  ],
  history: ({ services }: Lambda, user: string, group: string) =>
    readHistory(services, group, () => requireAdmin(services.memberships, { user, service: false }, group), 1),
}

export const readsOf = (
  group: fc.Arbitrary<string>,
  user: fc.Arbitrary<string>,
  what: fc.Arbitrary<keyof typeof READS> = fc.constantFrom('everything', 'document', 'history'),
) =>
  fc.record({ group, user, what }).map(
    ({ group, user, what }) =>
      new Act(`${user} reads ${what} of ${group}`, ({ world }) => {
        const { guarantees } = world
        const newestAtStart = guarantees.newest(subjectOf('group', group))
        void request(world, `read ${user}`, {}, async lambda => {
          const documents = await READS[what](lambda, user, group)
          for (const { subject, version } of documents) {
            guarantees.shown(user, subject, version, 'reads')
            if (subject === subjectOf('group', group) && version < newestAtStart)
              guarantees.break('G5', `${user} reads version ${version} of ${group}, ${newestAtStart} was there before`)
          }
        })
      }),
  )

export const signOuts = user.map(
  user =>
    new Act(`sign ${user} out`, ({ world }) => {
      void request(world, `sign-out ${user}`, {}, async ({ services, startedAt }) => {
        const rows = await services.connections.ofUser(user)
        const why = { event: 'SignedOut', reason: 'signed_out', reconnect: false } as const
        await closeConnections(services, rows, why, startedAt + 5_500)
      })
    }),
)
