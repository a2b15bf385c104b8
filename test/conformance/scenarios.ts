import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { FunctionName } from '../../infra/constructs/functions.ts'
import { audienceKey } from '../../functions/core/audience.ts'
import { TestSocket, type LocalRun } from '../support/local-run.ts'

/** What one function is for, as its users see it. Throws where it does not do it. `id` makes names that nobody else uses. */
export type Scenario = (run: LocalRun, id: string) => Promise<void>

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

const tableName = (run: LocalRun, part: 'Settings' | 'Connections'): string => {
  const table = run.stack.template.tables().find(({ tableName: name }) => name.includes(part))
  must(table !== undefined, `no table ${part}`)
  return table.tableName
}

const put = (run: LocalRun, part: 'Settings' | 'Connections', Item: Record<string, unknown>): Promise<unknown> =>
  run.stack.dynamoDb.client.send(new PutCommand({ TableName: tableName(run, part), Item }) as never)

/** A group as it stands in the tables, with an admin and members: quicker than making it over HTTP. */
async function place(run: LocalRun, id: string, admin: string, members: string[] = [], settings = {}): Promise<void> {
  const at = Date.now()
  const version = {
    settings: JSON.stringify(settings),
    change: '{}',
    updatedBy: 'x',
    updatedAt: new Date(at).toISOString(),
  }
  const people = [{ user: admin, role: 'admin' }, ...members.map(user => ({ user, role: 'member' }))]
  const items = [
    {
      pk: `GROUP#${id}`,
      sk: 'VERSION#0000000001',
      ...version,
      announcedAt: version.updatedAt,
      tombstone: false,
      commitId: 'x',
    },
    ...people.flatMap(({ user, role }) => [
      { pk: `GROUP#${id}`, sk: `MEMBER#${audienceKey(user)}`, role, since: version.updatedAt, groupVersion: 1 },
      { pk: `USER#${user}`, sk: `GROUP#${id}`, writtenAt: at },
    ]),
  ]
  const requests = items.map(Item => ({ PutRequest: { Item } }))
  await run.stack.dynamoDb.client.send(
    new BatchWriteCommand({ RequestItems: { [tableName(run, 'Settings')]: requests } }) as never,
  )
}

/** A row of a connection that is long gone: the first post to it answers 410, and its rows are deleted. */
async function leaveStaleRow(run: LocalRun, group: string, user: string): Promise<void> {
  const connectedAt = Date.now() - 60_000
  const row = { connectedAt, tokenExpiresAt: Date.now() + 3_600_000, expiresAt: Math.floor(connectedAt / 1000) + 7_500 }
  await put(run, 'Connections', { pk: `GROUP#${group}`, sk: `${audienceKey(user)}#AAAAAAAAAAAAAAA=`, ...row })
  await put(run, 'Connections', { pk: `USER#${user}`, sk: 'AAAAAAAAAAAAAAA=', ...row })
}

/** Makes the rows of an open connection say that its token has expired. */
async function expire(run: LocalRun, group: string, user: string, connectionId: string): Promise<void> {
  const connectedAt = Date.now() - 60_000
  const row = { connectedAt, tokenExpiresAt: Date.now() - 1, expiresAt: Math.floor(connectedAt / 1000) + 7_500 }
  await put(run, 'Connections', { pk: `GROUP#${group}`, sk: `${audienceKey(user)}#${connectionId}`, ...row })
  await put(run, 'Connections', { pk: `USER#${user}`, sk: connectionId, ...row })
}

/** Waits until the server has closed a socket. */
async function closed(socket: TestSocket): Promise<void> {
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error('the socket stayed open')), TestSocket.patience),
  )
  await Promise.race([socket.closed, late])
}

async function joined(run: LocalRun, user: string): Promise<TestSocket & { connectionId: string }> {
  const socket = await run.connect(user)
  socket.send({ event: 'sync', known: {} })
  const synced = await socket.next('Synced')
  return Object.assign(socket, { connectionId: String(synced['connectionId']) })
}

/** A group whose audience has everything in it: a member who listens, one whose token has expired, one who is gone. */
async function audience(run: LocalRun, id: string) {
  await place(run, id, `admin-${id}`, [`here-${id}`, `late-${id}`, `gone-${id}`], { a: 1 })
  const [here, late] = await Promise.all([joined(run, `here-${id}`), run.connect(`late-${id}`)])
  const [lateId = ''] = await run.connectionIds(`late-${id}`)
  await expire(run, id, `late-${id}`, lateId)
  await leaveStaleRow(run, id, `gone-${id}`)
  return { here, late }
}

async function reached({ here, late }: { here: TestSocket; late: TestSocket }, event: string): Promise<void> {
  await here.next(event)
  await late.next('SignedOut')
  await closed(late)
  here.terminate()
}

/** A mark in the queue that shows what a fan-out task came to. */
const sendTask = (run: LocalRun, task: object): Promise<unknown> => {
  const [source] = run.stack.template.eventSources()
  must(source !== undefined, 'no event source')
  const command = new SendMessageCommand({
    QueueUrl: run.stack.sqs.queueUrl(source.queueArn),
    MessageBody: JSON.stringify(task),
  })
  return run.stack.sqs.client.send(command)
}

/** Waits until the run has logged a line like this, after the line `from`. */
const hasLine = (run: LocalRun, form: RegExp, from: number): Promise<void> =>
  run.until(() => run.lines.slice(from).some(line => form.test(line)), `nothing was logged like ${String(form)}`)

export const SCENARIOS: Record<FunctionName, Scenario> = {
  async authorize(run, id) {
    const socket = await run.connect(`u-${id}`)
    socket.terminate()
  },
  async connect(run, id) {
    await place(run, id, `u-${id}`)
    const socket = await run.connect(`u-${id}`)
    await run.expect(200, `u-${id}`, 'PATCH', `/groups/${id}`, { a: 1 })
    await socket.next('UserUpdated')
    socket.terminate()
  },
  async disconnect(run, id) {
    await place(run, id, `u-${id}`)
    const socket = await run.connect(`u-${id}`)
    socket.terminate()
    await run.until(async () => (await run.connections(`u-${id}`)) === 0, 'the rows of a closed connection stayed')
  },
  async sync(run, id) {
    await place(run, id, `u-${id}`, [], { text: 'x'.repeat(20_000) })
    await place(run, `${id}-2`, `u-${id}`, [], { text: 'x'.repeat(20_000) })
    // An index entry that is over an hour old, without a membership, is collected.
    await put(run, 'Settings', { pk: `USER#u-${id}`, sk: `GROUP#left-${id}`, writtenAt: 1 })
    const socket = await joined(run, `u-${id}`)
    await run.deleteRows(`u-${id}`)
    socket.send({ event: 'sync', ref: 2, known: {} })
    // Two documents of 20 kB do not fit one part: the first is posted, the second is the answer.
    must((await socket.next('Synced'))['more'] === false, 'parts of the first sync')
    const parts = [await socket.next('Synced'), await socket.next('Synced')]
    must(
      parts.some(({ ref, more }) => ref === 2 && more === true),
      'no first part',
    )
    await run.expect(200, `u-${id}`, 'PATCH', `/groups/${id}`, { a: 1 })
    await socket.next('UserUpdated')
    // Whose token has expired is told so, and closed.
    await expire(run, id, `u-${id}`, socket.connectionId)
    socket.send({ event: 'sync', known: {} })
    await socket.next('SignedOut')
    await closed(socket)
  },
  async renew(run, id) {
    await place(run, id, `u-${id}`)
    const socket = await joined(run, `u-${id}`)
    socket.send({ event: 'renew', token: await run.token(`u-${id}`) })
    await socket.next('Renewed')
    socket.terminate()
  },
  async reject(run, id) {
    const socket = await run.connect(`u-${id}`)
    socket.send({ event: 'nothing' })
    must((await socket.next())['code'] === 'unknown_event', 'no Error event')
    socket.terminate()
  },
  async 'update-settings'(run, id) {
    const sockets = await audience(run, id)
    const { body } = await run.expect(200, `admin-${id}`, 'PATCH', `/groups/${id}`, { a: 2 })
    must(JSON.stringify(body['delivery']) === '{"delivered":1,"gone":2,"queued":0}', JSON.stringify(body))
    await reached(sockets, 'UserUpdated')
    await run.expect(200, `admin-${id}`, 'POST', `/groups/${id}/revert`, { version: 1 })
  },
  async 'read-settings'(run, id) {
    await place(run, id, `u-${id}`)
    await put(run, 'Settings', { pk: `USER#u-${id}`, sk: `GROUP#left-${id}`, writtenAt: 1 })
    await run.expect(200, `u-${id}`, 'GET', '/me')
    await run.expect(200, `u-${id}`, 'GET', `/groups/${id}`)
  },
  async history(run, id) {
    await place(run, id, `u-${id}`)
    await run.expect(200, `u-${id}`, 'GET', `/groups/${id}/history`)
  },
  async members(run, id) {
    await place(run, id, `u-${id}`)
    const socket = await joined(run, `v-${id}`)
    await run.expect(201, `u-${id}`, 'PUT', `/groups/${id}/members/v-${id}`, { role: 'member' })
    await socket.next('MembershipChanged')
    await run.expect(200, `u-${id}`, 'PATCH', `/groups/${id}`, { a: 1 })
    await socket.next('UserUpdated')
    await run.expect(200, `u-${id}`, 'GET', `/groups/${id}/members`)
    // An admin steps down before an admin goes.
    await run.expect(200, `u-${id}`, 'PUT', `/groups/${id}/members/v-${id}`, { role: 'admin' })
    await run.expect(204, `u-${id}`, 'DELETE', `/groups/${id}/members/v-${id}`)
    socket.terminate()
  },
  async groups(run, id) {
    const early = await joined(run, `admin-${id}`)
    await run.expect(201, 'service', 'PUT', `/groups/${id}`, { admin: `admin-${id}`, settings: { a: 1 } })
    const sockets = await audience(run, id)
    await run.expect(200, `admin-${id}`, 'PATCH', `/groups/${id}`, { a: 2 })
    await early.next('UserUpdated')
    const late = await joined(run, `late-${id}`)
    await expire(run, id, `late-${id}`, late.connectionId)
    await leaveStaleRow(run, id, `gone-${id}`)
    await run.expect(204, 'service', 'DELETE', `/groups/${id}`)
    await reached({ here: sockets.here, late }, 'MembershipChanged')
    must((await run.connections(`gone-${id}`)) === 0, 'the row of a gone connection stayed')
    const { body } = await run.expect(201, 'service', 'PUT', `/groups/${id}`, { admin: `admin-${id}` })
    must(body['version'] === 4, 'versions do not go on')
    early.terminate()
  },
  async presence(run, id) {
    await place(run, id, `u-${id}`)
    await run.expect(200, `u-${id}`, 'GET', `/groups/${id}/presence`)
  },
  async events(run, id) {
    const sockets = await audience(run, id)
    const unlucky = await joined(run, `here-${id}`)
    run.failPosts(unlucky.connectionId, 5)
    const { body } = await run.expect(202, `admin-${id}`, 'POST', `/groups/${id}/events`, { event: 'Hello' })
    must((body['delivery'] as { queued: number }).queued === 1, 'the queue got nothing')
    await reached(sockets, 'Hello')
    await unlucky.next('Hello', 5_000)
    unlucky.terminate()
  },
  async 'sign-out'(run, id) {
    const socket = await joined(run, `u-${id}`)
    await run.expect(200, 'service', 'DELETE', `/users/u-${id}/connections`)
    await socket.next('SignedOut')
    await closed(socket)
  },
  async 'fan-out'(run, id) {
    const sockets = await audience(run, id)
    // A version that nobody was told of, as an update that died leaves it.
    const version = {
      change: '{}',
      updatedBy: 'x',
      updatedAt: new Date().toISOString(),
      tombstone: false,
      commitId: 'x',
    }
    await put(run, 'Settings', { pk: `GROUP#${id}`, sk: 'VERSION#0000000002', settings: '{"a":2}', ...version })
    await sendTask(run, { kind: 'recheck', subject: `group:${id}` })
    await reached(sockets, 'UserUpdated')
    const socket = await joined(run, `here-${id}`)
    const unlucky = await joined(run, `here-${id}`)
    const part = [socket, unlucky].map(({ connectionId }) => `${audienceKey(`here-${id}`)}#${connectionId}`)
    const custom = { event: 'Again', id: 'a', subject: `group:${id}`, data: null, sentBy: 'x', sentAt: '' }
    // Who could not be reached goes back to the queue.
    run.failPosts(unlucky.connectionId, 5)
    await sendTask(run, { kind: 'rest', subject: `group:${id}`, announcement: { custom }, part })
    await socket.next('Again')
    await unlucky.next('Again', 5_000)
    unlucky.terminate()
    const from = run.lines.length
    // The memberships of a deleted group are purged.
    await put(run, 'Settings', {
      pk: `GROUP#${id}`,
      sk: 'VERSION#0000000003',
      settings: '{}',
      ...version,
      tombstone: true,
    })
    await sendTask(run, { kind: 'recheck', subject: `group:${id}` })
    await socket.next('MembershipChanged')
    await hasLine(run, /kind: 'recheck'/, from)
    socket.terminate()
  },
}
