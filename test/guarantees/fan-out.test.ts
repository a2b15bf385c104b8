import { beforeEach, expect, test, vi } from 'vitest'
import type { FanOutTask } from '../../functions/gateway/fan-out-queue.ts'
import type { PostOutcome } from '../../functions/gateway/poster.ts'
import { Rate } from '../../functions/core/rate.ts'
import { doTask } from '../../functions/steps/fan-out.ts'
import { renew } from '../../functions/steps/renew.ts'
import type { Services } from '../../functions/steps/services.ts'
import { updateSettings } from '../../functions/steps/update-settings.ts'
import { Connections } from '../../functions/store/connections.ts'
import { Memberships } from '../../functions/store/memberships.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { MemoryDynamoDb } from './dynamodb.ts'

const SUBJECT = 'group:g'
const INLINE = 2_000

let clock: VirtualClock
let services: Services
let tasks: FanOutTask[]
let posts: string[]
let answer: (connectionId: string) => PostOutcome

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  clock = new VirtualClock()
  tasks = []
  posts = []
  answer = () => 'delivered'
  const dynamoDb = new MemoryDynamoDb({ pageSize: () => 1_000 })
  const table = (name: string) => ({ name, clock, client: { send: async (c: object) => dynamoDb.send(c) } as never })
  services = {
    log: new SettingsLog(table('Settings'), 365),
    memberships: new Memberships(table('Settings')),
    connections: new Connections(table('Connections')),
    poster: {
      async post(connectionId) {
        await clock.sleep(5)
        const outcome = answer(connectionId)
        if (outcome === 'delivered') posts.push(connectionId)
        return outcome
      },
    },
    closer: { close: async () => undefined },
    queue: { send: async sent => void tasks.push(...sent) },
    clock,
    rate: new Rate(),
    random: () => 0.5,
  }
})

/** Members of the group with a connection each. */
async function audience(size: number): Promise<void> {
  for (let i = 0; i < size; i++) {
    const connection = {
      connectionId: `c${i}`,
      user: `user-${i}`,
      connectedAt: clock.now(),
      tokenExpiresAt: clock.now() + 3_600_000,
    }
    await services.connections.putGroupRows(connection, ['g'])
    await services.memberships.put({ group: 'g', user: connection.user, role: 'member', since: '' }, 1)
  }
  const record = {
    subject: SUBJECT,
    version: 1,
    settings: {},
    change: {},
    updatedBy: 'a',
    updatedAt: '',
    tombstone: false,
  } as const
  await services.log.append({ ...record, commitId: 'first' })
}

const update = (n: number, budget = { deadline: clock.now() + 5_500, limit: INLINE }) =>
  clock.run(
    updateSettings(
      services,
      { subject: SUBJECT, intent: { kind: 'patch', change: { n } }, updatedBy: 'a', commitId: `commit-${n}` },
      budget,
    ),
  )

/** Does what the queue holds until it is empty; re-checks wait for 15 s and are left. */
async function workOff(budget = { ms: 50_000, limit: 10_000 }): Promise<number> {
  let done = 0
  for (let task = next(); task !== undefined; task = next(), done++)
    await clock.run(doTask(services, task, { deadline: clock.now() + budget.ms, limit: budget.limit }))
  return done
}

function next(): FanOutTask | undefined {
  const index = tasks.findIndex(({ kind }) => kind !== 'recheck')
  return index < 0 ? undefined : tasks.splice(index, 1)[0]
}

test('an update posts to the first 2,000 connections itself; the queue posts to the rest, to each once', async () => {
  await audience(9_000)
  const { delivery } = await update(1)
  expect(delivery.delivered).toBe(INLINE)
  expect(delivery.queued).toBeGreaterThanOrEqual(2)
  expect((await services.log.newest(SUBJECT))?.announcedAt).toBeDefined()
  await workOff()
  expect(new Set(posts).size).toBe(9_000)
  expect(posts).toHaveLength(9_000)
})

test('a task that runs out of time, or does more than it may, hands back what is left of its part', async () => {
  await audience(3_000)
  await update(1)
  expect(await workOff({ ms: 20, limit: 150 })).toBeGreaterThan(3)
  expect(new Set(posts).size).toBe(3_000)
  expect(posts).toHaveLength(3_000)
})

test('an update whose time is over posts to nobody, and the queue to all', async () => {
  await audience(300)
  const { delivery } = await update(1, { deadline: clock.now(), limit: INLINE })
  expect(delivery).toEqual({ delivered: 0, gone: 0, queued: 1 })
  await workOff()
  expect(new Set(posts).size).toBe(300)
})

test('a part of an audience whose version was superseded is passed over', async () => {
  await audience(2_500)
  await update(1)
  const old = tasks.filter(({ kind }) => kind === 'rest')
  tasks = []
  await update(2)
  posts = []
  for (const task of old)
    expect(await clock.run(doTask(services, task, { deadline: clock.now() + 50_000, limit: 10_000 }))).toBe('skipped')
  expect(posts).toEqual([])
})

test('who could not be reached is tried again by the queue, which keeps the task where nobody can be', async () => {
  await audience(20)
  const failing = new Set(['c3', 'c7'])
  answer = id => (failing.has(id) ? 'failed' : 'delivered')
  const { delivery } = await update(1)
  expect(delivery).toEqual({ delivered: 18, gone: 0, queued: 1 })
  const [task] = tasks.filter(({ kind }) => kind === 'rest')
  const again = () => clock.run(doTask(services, task!, { deadline: clock.now() + 50_000, limit: 10_000 }))
  await expect(again()).rejects.toThrow('none of 2 connections')
  failing.delete('c3')
  expect(await again()).toMatchObject({ delivered: 1, queued: 1 })
  failing.clear()
  tasks = tasks.slice(-1)
  await workOff()
  expect([...new Set(posts)]).toHaveLength(20)
})

test('whoever was removed, or whose token expired, while the task waited is not posted to', async () => {
  await audience(3)
  answer = () => 'failed'
  await update(1)
  answer = () => 'delivered'
  await services.memberships.delete('g', 'user-0')
  const late = { connectionId: 'c1', user: 'user-1', connectedAt: clock.now() - 60_000, tokenExpiresAt: clock.now() }
  await services.connections.putGroupRows(late, ['g'])
  await workOff()
  // The only other post is the farewell to the one whose token has expired.
  expect(posts.sort()).toEqual(['c1', 'c2'])
})

test('whoever renews while a broadcast goes on is not signed out, and is told by the queue', async () => {
  await audience(2)
  const closed: string[] = []
  services.closer.close = async connectionId => void closed.push(connectionId)
  for (const i of [0, 1]) {
    const connection = {
      connectionId: `c${i}`,
      user: `user-${i}`,
      connectedAt: clock.now(),
      tokenExpiresAt: clock.now(),
    }
    await services.connections.putUserRow(connection)
    await services.connections.putGroupRows(connection, ['g'])
  }
  await services.memberships.putIndex('g', 'user-0')
  const { memberships, connections } = services
  const end = connections.end.bind(connections)
  // The group's rows were read by then, with the old expiry.
  connections.end = async row => {
    if (row.user === 'user-0')
      expect(await renew({ connections, memberships, clock }, row, clock.now() + 3_600_000)).toBe('renewed')
    return end(row)
  }
  expect((await update(1)).delivery).toEqual({ delivered: 0, gone: 1, queued: 1 })
  await workOff()
  expect(closed).toEqual(['c1'])
  expect(posts).toEqual(['c1', 'c0'])
})

test.each([
  [400, 1],
  [1_000, 2],
  [2_000, 4],
])(
  'a bucket of %i posts a second is used for at least 0.9 by Lambdas at once (%i), with at most one in twenty refused',
  async (quota, lambdas) => {
    const each = (quota * 10) / lambdas
    await audience(each)
    await update(1, { deadline: clock.now(), limit: INLINE })
    const [task] = tasks.filter(({ kind }) => kind === 'rest')
    const started = clock.now()
    const burst = quota / 2
    let [tokens, last, refused] = [burst, clock.now(), 0]
    answer = () => {
      tokens = Math.min(burst, tokens + ((clock.now() - last) * quota) / 1000)
      last = clock.now()
      if (tokens < 1) {
        refused++
        return 'throttled'
      }
      tokens--
      return 'delivered'
    }
    // Each Lambda has a rate of its own, and knows nothing of the others.
    await clock.run(
      Promise.all(
        Array.from({ length: lambdas }, () =>
          doTask({ ...services, rate: new Rate() }, task!, { deadline: Infinity, limit: Infinity }),
        ),
      ),
    )
    const seconds = (clock.now() - started) / 1000
    expect(posts).toHaveLength(each * lambdas)
    expect(posts.length / seconds).toBeGreaterThanOrEqual(0.9 * quota)
    expect(refused / (posts.length + refused)).toBeLessThanOrEqual(0.05)
  },
)
