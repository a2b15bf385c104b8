import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RuleInput } from '../../local/faults/plan.ts'
import { startLocalRun, type LocalRun, type TestSocket } from '../support/local-run.ts'

/** What each fault does to the product in a whole run, and that the product survives it. */
let run: LocalRun
const undo: (() => void)[] = []

beforeAll(async () => {
  run = await startLocalRun()
})
afterEach(() => undo.splice(0).forEach(remove => remove()))
afterAll(() => run.close())

const fault = (rule: RuleInput): void => void undo.push(run.stack.faults.add(rule))
/** How often each of the faults of this test has happened. */
const happened = (): number[] =>
  run.stack.faults
    .counts()
    .slice(-undo.length)
    .map(({ happened: times }) => times)

/** A group with one member, who is connected. */
async function group(id: string): Promise<TestSocket> {
  await run.makeGroup(id, `admin-${id}`, [`member-${id}`], { n: 1 })
  return run.join(`member-${id}`)
}
const patch = (id: string, n: number) => run.request(`admin-${id}`, 'PATCH', `/groups/${id}`, { n })
const sync = async (socket: TestSocket): Promise<{ subject: string; version: number }[]> => {
  socket.send({ event: 'sync', known: {} })
  return (await socket.next('Synced'))['documents'] as { subject: string; version: number }[]
}

describe('an update is answered with 200 and reaches the member at once, in spite of', () => {
  test.each<[name: string, rule: RuleInput]>([
    ['throttled reads', { on: 'dynamodb:Query', fault: 'throttled', times: 1 }],
    ['throttled writes', { on: 'dynamodb:PutItem', fault: 'throttled', times: 1 }],
    ['a database that fails', { on: 'dynamodb:*', fault: 'error', status: 503, times: 2 }],
    ['a database whose line is cut', { on: 'dynamodb:*', fault: 'reset', times: 2 }],
    ['a commit whose answer is lost', { on: 'dynamodb:PutItem', fault: 'lost', times: 1 }],
    ['a queue that throttles', { on: 'sqs:SendMessage', fault: 'throttled', times: 1 }],
    ['a queue that fails', { on: 'sqs:SendMessage', fault: 'error', times: 2 }],
    ['a queue message whose answer is lost', { on: 'sqs:SendMessage', fault: 'lost', times: 1 }],
    ['posts that are throttled', { on: 'execute-api:POST', fault: 'throttled', times: 3 }],
    ['posts that fail', { on: 'execute-api:POST', fault: 'error', times: 3 }],
    ['posts whose line is cut', { on: 'execute-api:POST', fault: 'reset', times: 3 }],
    ['posts whose answer is lost', { on: 'execute-api:POST', fault: 'lost', times: 2 }],
    ['slow posts', { on: 'execute-api:POST', latencyMs: [20, 60], times: 1 }],
  ])('%s', async (name, rule) => {
    const id = name.replaceAll(' ', '-')
    const member = await group(id)
    fault({ ...rule, function: 'update-settings' })
    expect(await patch(id, 2)).toMatchObject({
      status: 200,
      body: { version: 2, delivery: { delivered: 1, queued: 0 } },
    })
    expect(await member.next('UserUpdated')).toMatchObject({ version: 2, settings: { n: 2 } })
    expect(happened()).toEqual([rule.times])
    member.terminate()
  })
})

test('calls that hang are given up and made again', async () => {
  const member = await group('hanging')
  fault({ on: 'execute-api:POST', fault: 'hang', function: 'update-settings', times: 1 })
  fault({ on: 'dynamodb:Query', fault: 'hang', function: 'history', times: 1 })
  fault({ on: 'dynamodb:BatchGetItem', fault: 'hang', function: 'read-settings', times: 1 })
  const answers = await Promise.all([
    patch('hanging', 2),
    run.request('admin-hanging', 'GET', '/groups/hanging/history'),
    run.request('member-hanging', 'GET', '/me'),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(happened()).toEqual([1, 1, 1])
  await member.next('UserUpdated')
  member.terminate()
})

test('a bucket of posts makes a broadcast slower, not smaller', async () => {
  const users = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']
  const sockets: TestSocket[] = []
  // One after the other: six authorizers that start at once may be too slow for the sign-in on a busy machine.
  for (const user of users) sockets.push(await run.connect(user))
  await run.makeGroup('bucket', 'admin-bucket', users, { n: 1 })
  run.stack.faults.limitPosts({ perSecond: 20, burst: 1 })
  undo.push(() => run.stack.faults.limitPosts(undefined))
  const startedAt = performance.now()
  expect(await patch('bucket', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 6, queued: 0 } } })
  expect(performance.now() - startedAt).toBeGreaterThan(200)
  for (const socket of sockets) {
    await socket.next('UserUpdated')
    socket.terminate()
  }
})

test('a batch that was half done is finished: the connection is in the audience of all its groups', async () => {
  const groups = ['half-1', 'half-2', 'half-3', 'half-4', 'half-5']
  for (const id of groups) await run.makeGroup(id, `admin-${id}`, ['half'], { n: 1 })
  fault({ on: 'dynamodb:BatchWriteItem', fault: 'unprocessed', function: 'connect', times: 2 })
  fault({ on: 'dynamodb:BatchGetItem', fault: 'unprocessed', function: 'sync', times: 3 })
  const member = await run.connect('half')
  expect(await sync(member)).toHaveLength(1 + groups.length)
  expect(happened()).toEqual([2, 3])
  for (const id of groups) expect(await patch(id, 2)).toMatchObject({ body: { delivery: { delivered: 1 } } })
  member.terminate()
})

test('a push that was swallowed is brought by the next sync', async () => {
  const member = await group('swallowed')
  fault({ on: 'execute-api:POST', fault: 'swallowed', function: 'update-settings', times: 1 })
  expect(await patch('swallowed', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 1 } } })
  expect(await member.drain()).toEqual([])
  expect(await sync(member)).toContainEqual(expect.objectContaining({ subject: 'group:swallowed', version: 2 }))
  member.terminate()
})

test('a wrong 410 about a young connection costs one push, not the connection', async () => {
  const member = await group('gone')
  fault({ on: 'execute-api:POST', fault: 'gone', function: 'update-settings', times: 1 })
  expect(await patch('gone', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 0, gone: 1 } } })
  expect(await patch('gone', 3)).toMatchObject({ status: 200, body: { delivery: { delivered: 1, gone: 0 } } })
  expect(await member.next('UserUpdated')).toMatchObject({ version: 3 })
  member.terminate()
})

describe('$disconnect', () => {
  const close = async (id: string, rule: RuleInput): Promise<void> => {
    const member = await group(id)
    fault({ ...rule, times: 1 })
    member.terminate()
    while (happened()[0] === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }

  test('that never comes leaves a row, and an update goes past it', async () => {
    await close('dropped', { on: '$disconnect', fault: 'drop' })
    expect(await run.connections('member-dropped')).toBe(1)
    expect(await patch('dropped', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 0, gone: 1 } } })
  })

  test('that comes late deletes the row then', async () => {
    await close('late', { on: '$disconnect', latencyMs: 300 })
    expect(await run.connections('member-late')).toBe(1)
    await run.gone('member-late')
  })

  test('that comes twice does no harm', async () => {
    const from = run.lines.length
    await close('doubled', { on: '$disconnect', fault: 'twice' })
    await run.gone('member-doubled')
    expect(await patch('doubled', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 0, gone: 0 } } })
    expect(run.lines.slice(from).filter(line => line.includes('ERROR'))).toEqual([])
  })
})

test('a socket that is cut has everything again after it came back', async () => {
  const member = await group('cut')
  fault({ on: 'execute-api:POST', fault: 'cut', function: 'update-settings', times: 1 })
  expect(await patch('cut', 2)).toMatchObject({ status: 200, body: { delivery: { delivered: 1 } } })
  expect((await member.closed).code).toBe(1006)
  const again = await run.connect('member-cut')
  fault({ on: 'frame', fault: 'cut', times: 1 })
  again.send({ event: 'sync' })
  expect((await again.closed).code).toBe(1006)
  const third = await run.connect('member-cut')
  expect(await sync(third)).toContainEqual(expect.objectContaining({ subject: 'group:cut', version: 2 }))
  third.terminate()
})

test('a removal whose answer was lost is a removal', async () => {
  const member = await group('removal')
  fault({ on: 'dynamodb:DeleteItem', fault: 'lost', function: 'members', times: 1 })
  await run.expect(204, 'admin-removal', 'DELETE', '/groups/removal/members/member-removal')
  expect(await member.next('MembershipChanged')).toMatchObject({ role: null })
  expect(happened()).toEqual([1])
  member.terminate()
})

test('a task of the queue that is handed out twice posts twice, with one id', async () => {
  const member = await run.connect('member-again')
  await run.makeGroup('again', 'admin-again', ['member-again'])
  fault({ on: 'execute-api:POST', fault: 'error', function: 'events', times: 5 })
  fault({ on: 'delivery', fault: 'twice' })
  const { body } = await run.expect(202, 'admin-again', 'POST', '/groups/again/events', { event: 'Hello', id: 'h-1' })
  expect(body).toMatchObject({ delivery: { delivered: 0, queued: 1 } })
  expect(await member.next('Hello')).toMatchObject({ id: 'h-1' })
  expect(await member.next('Hello')).toMatchObject({ id: 'h-1' })
  member.terminate()
})

test('a browser whose $connect died is refused, and comes in at the next try', async () => {
  fault({ on: 'dynamodb:PutItem', function: 'connect', fault: 'kill-after', times: 1 })
  await expect(run.connect('unlucky')).rejects.toThrow('502')
  const socket = await run.connect('unlucky')
  expect(await sync(socket)).toHaveLength(1)
  socket.terminate()
})
