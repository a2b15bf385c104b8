import type { Bill } from '../../local/billing/bill.ts'
import { getToken } from '../../local/tokens.ts'
import { startLocalRun, type LocalRun, type TestSocket } from '../../test/support/local-run.ts'
import { add, quantitiesOf, times, type Quantities } from './lines.ts'

/** What happens in the life of a connection and of a group, once each. */
export interface Paths {
  connect: Quantities
  /** The first sync, which brings the documents. */
  firstSync: Quantities
  /** One that brings nothing: the keep-alive. */
  sync: Quantities
  renew: Quantities
  disconnect: Quantities
  /** One PATCH that every member of the group hears of. */
  update: Quantities
  /** `GET /me`: what a browser would ask instead of a first sync. */
  me: Quantities
}

export interface Counted {
  /** One for each group: they must come out alike, or nothing could be scaled. */
  groups: Paths[]
  /** The task of the queue that follows each update. */
  recheck: Quantities
}

const settings = Object.fromEntries(
  ['invoice.approve', 'invoice.edit', 'report.view', 'report.export', 'deploy.production'].map(name => [name, true]),
)

/**
 * Counts each path on the local run, with groups of this size, all members online; one thing at a time, so that the
 * durations are those of the work. A group before them warms everything up: no cold start is counted.
 */
export async function countPaths(groups: number, members: number, updates: number): Promise<Counted> {
  const run = await startLocalRun()
  try {
    const names = ['warm', ...Array.from({ length: groups }, (_, i) => `group-${i}`)]
    for (const name of names) await run.makeGroup(name, `${name}-admin`, usersOf(name, members), settings)
    await tasksDone(run, names.length)
    await countGroup(run, 'warm', members, updates)
    await tasksDone(run, names.length + updates)
    const before = quantitiesOf(ofTheQueue(run.stack.bill.snapshot()))
    const counted: Paths[] = []
    for (const name of names.slice(1)) counted.push(await countGroup(run, name, members, updates))
    await tasksDone(run, names.length + updates * names.length)
    const after = quantitiesOf(ofTheQueue(run.stack.bill.snapshot()))
    return { groups: counted, recheck: times(add(after, times(before, -1)), 1 / (updates * groups)) }
  } finally {
    await run.close()
  }
}

const usersOf = (group: string, members: number): string[] => Array.from({ length: members }, (_, i) => `${group}-${i}`)

async function countGroup(run: LocalRun, group: string, members: number, updates: number): Promise<Paths> {
  const users = usersOf(group, members)
  const renewals = new Map<string, string>()
  for (const user of users) {
    await run.token(user)
    renewals.set(user, await getToken(run.stack, { who: { user }, expiresIn: 7_200 }))
  }
  /** What one of these took. */
  const each = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<Quantities> => {
    const before = quantitiesOf(ofTheRest(run.stack.bill.snapshot()))
    for (const item of items) await work(item)
    const after = quantitiesOf(ofTheRest(run.stack.bill.snapshot()))
    return times(add(after, times(before, -1)), 1 / items.length)
  }
  const open: { user: string; socket: TestSocket }[] = []
  const sync = (socket: TestSocket, known: object): Promise<unknown> => {
    socket.send({ event: 'sync', known })
    return socket.next('Synced')
  }
  return {
    connect: await each(users, async user => open.push({ user, socket: await run.connect(user) })),
    firstSync: await each(open, ({ socket }) => sync(socket, {})),
    sync: await each(open, ({ user, socket }) => sync(socket, { [`group:${group}`]: 1, [`user:${user}`]: 0 })),
    renew: await each(open, async ({ user, socket }) => {
      socket.send({ event: 'renew', token: renewals.get(user) })
      await socket.next('Renewed')
    }),
    me: await each(users, user => run.expect(200, user, 'GET', '/me')),
    update: await each([...Array(updates).keys()], async i => {
      await run.expect(200, `${group}-admin`, 'PATCH', `/groups/${group}`, { 'report.export': i % 2 === 1 })
      for (const { socket } of open) await socket.next('UserUpdated')
    }),
    disconnect: await each(open, async ({ socket }) => {
      const before = invocations(run, 'disconnect')
      socket.terminate()
      await until(() => invocations(run, 'disconnect') > before)
    }),
  }
}

const QUEUE_ACTIONS = ['ReceiveMessage', 'DeleteMessageBatch']
const pick = <T>(record: Record<string, T>, isPicked: (name: string) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => isPicked(name)))

/** The part of a bill that the fan-out function and its event source made: it comes 15 s after an update. */
const ofTheQueue = (bill: Bill): Bill => ({
  ...bill,
  webSocket: { ...bill.webSocket, received: nothing, answered: nothing, posted: nothing },
  http: nothing,
  lambda: pick(bill.lambda, name => name === 'fan-out'),
  dynamoDb: bill.dynamoDb.filter(({ caller }) => caller === 'fan-out'),
  sqs: pick(bill.sqs, action => QUEUE_ACTIONS.includes(action)),
})
const ofTheRest = (bill: Bill): Bill => ({
  ...bill,
  lambda: pick(bill.lambda, name => name !== 'fan-out'),
  dynamoDb: bill.dynamoDb.filter(({ caller }) => caller !== 'fan-out'),
  sqs: pick(bill.sqs, action => !QUEUE_ACTIONS.includes(action)),
})
const nothing = { count: 0, units: 0, bytes: 0 }

const invocations = (run: LocalRun, name: string): number => run.stack.bill.snapshot().lambda[name]?.invocations ?? 0

/** Waits until the fan-out function has dealt with so many messages. */
const tasksDone = (run: LocalRun, messages: number): Promise<void> =>
  until(() => (run.stack.bill.snapshot().sqs['DeleteMessageBatch']?.count ?? 0) >= messages)

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 3_000; i++) {
    if (isSo()) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error('what was waited for did not happen within a minute')
}
