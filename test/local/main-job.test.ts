import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCOUNTS, seed } from '../../local/seed.ts'
import { PERMISSION_CASES } from '../support/permission-cases.ts'
import { LocalRun, startLocalRun, type TestSocket } from '../support/local-run.ts'

let run: LocalRun

beforeAll(async () => {
  run = await startLocalRun({ accounts: ACCOUNTS })
  await seed(run.stack)
})
afterAll(() => run.close())

const versionOf = async (group: string): Promise<number> =>
  (await run.expect(200, 'service', 'GET', `/groups/${group}`)).body['version'] as number

test('sync answers the documents of the user and of the groups that the user is in', async () => {
  const bob = await run.connect('bob')
  expect(bob.socket.protocol).toBe('grantwire.v1')
  bob.send({ event: 'sync', ref: 1, known: {} })
  const synced = await bob.next('Synced')
  expect(synced).toMatchObject({ ref: 1, gone: [], more: false, keepAliveSeconds: 540 })
  const documents = synced['documents'] as { subject: string; version: number; role?: string }[]
  expect(documents.map(({ subject, version, role }) => [subject, version, role])).toEqual([
    ['user:bob', 0, undefined],
    ['group:engineering', 1, 'member'],
  ])
  bob.terminate()
  await run.gone('bob')
})

test('an admin’s PATCH reaches every member’s socket with the next version, and nobody else’s', async () => {
  const sockets = await Promise.all(['bob', 'carol', 'dana'].map(user => run.join(user)))
  const [bob, carol, dana] = sockets as [TestSocket, TestSocket, TestSocket]
  const before = await versionOf('engineering')
  const { status, body, headers } = await run.request('alice', 'PATCH', '/groups/engineering', {
    'report.export': true,
  })
  expect(status).toBe(200)
  expect(headers.get('etag')).toBe(`"${before + 1}"`)
  expect(body).toMatchObject({ version: before + 1, delivery: { delivered: 2, queued: 0 } })
  expect((body['settings'] as Record<string, unknown>)['report.export']).toBe(true)
  for (const member of [bob, carol])
    expect(await member.next('UserUpdated')).toMatchObject({
      id: `group:engineering@${before + 1}`,
      subject: 'group:engineering',
      version: before + 1,
      settings: body['settings'],
      change: { 'report.export': true },
      updatedBy: 'alice',
    })
  expect(await dana.drain()).toEqual([])
  for (const socket of sockets) socket.terminate()
})

test('GET /me answers the effective permissions, case by case as the browser works them out', async () => {
  for (const [i, { name, documents, granted }] of PERMISSION_CASES.entries()) {
    const user = `case-${i}`
    for (const [subject, settings] of Object.entries(documents))
      if (subject.startsWith('user:')) await run.expect(200, 'service', 'PATCH', `/users/${user}`, settings)
      else await run.makeGroup(`${user}-${subject.slice('group:'.length)}`, 'alice', [user], settings)
    const { body } = await run.expect(200, user, 'GET', '/me')
    expect((body['permissions'] as { p?: boolean }).p ?? false, name).toBe(granted)
  }
})

test('sync brings a role that changed without a new version, to a client that says what it takes the user for', async () => {
  await run.makeGroup('promotions', 'alice', ['bob'], {})
  const bob = await run.join('bob')
  const sync = async (admin?: string[]) => {
    bob.send({ event: 'sync', known: { 'user:bob': 0, 'group:promotions': 1 }, ...(admin && { admin }) })
    const { documents, gone } = await bob.next('Synced')
    const ours = (documents as { subject: string }[]).filter(({ subject }) => subject === 'group:promotions')
    return { ours, gone }
  }
  expect(await sync([])).toEqual({ ours: [], gone: [] })
  expect(await sync(['group:promotions'])).toMatchObject({ ours: [{ version: 1, role: 'member' }] })
  await run.expect(200, 'alice', 'PUT', '/groups/promotions/members/bob', { role: 'admin' })
  expect(await sync([])).toMatchObject({ ours: [{ version: 1, role: 'admin' }], gone: [] })
  expect(await sync(['group:promotions'])).toEqual({ ours: [], gone: [] })
  expect(await sync()).toEqual({ ours: [], gone: [] })
  bob.terminate()
  await run.gone('bob')
})

test('a member’s PATCH is refused, and nothing is written', async () => {
  const before = await versionOf('engineering')
  const { status, body, headers } = await run.request('bob', 'PATCH', '/groups/engineering', {
    'invoice.approve': false,
  })
  expect(status).toBe(403)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body).toMatchObject({ code: 'forbidden', status: 403, title: 'Not allowed' })
  expect(await versionOf('engineering')).toBe(before)
})

test('a service changes a user’s own settings, and that user’s browsers hear of it', async () => {
  const bob = await run.join('bob')
  await run.expect(200, 'service', 'PATCH', '/users/bob', { 'beta.editor': true })
  expect(await bob.next('UserUpdated')).toMatchObject({ subject: 'user:bob', settings: { 'beta.editor': true } })
  await run.expect(403, 'alice', 'PATCH', '/users/bob', { 'beta.editor': false })
  bob.terminate()
})

test('the tab that made the change can be left out', async () => {
  const tab = await run.connect('alice')
  tab.send({ event: 'sync', known: {} })
  const { connectionId } = await tab.next('Synced')
  const bob = await run.join('bob')
  await run.expect(
    200,
    'alice',
    'PATCH',
    '/groups/engineering',
    { theme: 'dark' },
    {
      'grantwire-exclude-connection': String(connectionId),
    },
  )
  await bob.next('UserUpdated')
  expect(await tab.drain()).toEqual([])
  tab.terminate()
  bob.terminate()
})

test('two admins who change different keys at once both have their way', async () => {
  await run.expect(200, 'alice', 'PUT', '/groups/engineering/members/bob', { role: 'admin' })
  const answers = await Promise.all([
    run.request('alice', 'PATCH', '/groups/engineering', { left: 1 }),
    run.request('bob', 'PATCH', '/groups/engineering', { right: 2 }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  const { body } = await run.expect(200, 'carol', 'GET', '/groups/engineering')
  expect(body['settings']).toMatchObject({ left: 1, right: 2 })
  await run.expect(200, 'alice', 'PUT', '/groups/engineering/members/bob', { role: 'member' })
})

test('If-Match, ETag and If-None-Match', async () => {
  const { body, headers } = await run.expect(200, 'carol', 'GET', '/groups/engineering')
  const etag = headers.get('etag') ?? ''
  expect(etag).toBe(`"${String(body['version'])}"`)
  await run.expect(304, 'carol', 'GET', '/groups/engineering', undefined, { 'if-none-match': etag })
  await run.expect(200, 'alice', 'PATCH', '/groups/engineering', { fresh: 1 }, { 'if-match': etag })
  const stale = await run.expect(412, 'alice', 'PATCH', '/groups/engineering', { fresh: 2 }, { 'if-match': etag })
  expect(stale.body).toMatchObject({ code: 'version_mismatch' })
  expect(stale.headers.get('etag')).toBe(`"${Number(body['version']) + 1}"`)
  expect((await run.expect(200, 'carol', 'GET', '/groups/engineering')).body['settings']).toMatchObject({ fresh: 1 })
})

test('the same patch again changes nothing', async () => {
  const first = await run.expect(200, 'alice', 'PATCH', '/groups/engineering', { again: true })
  const second = await run.expect(200, 'alice', 'PATCH', '/groups/engineering', { again: true })
  expect(second.body['version']).toBe(first.body['version'])
})

test('GET /me answers what a user may, and 304 while nothing changes', async () => {
  const { body, headers } = await run.expect(200, 'carol', 'GET', '/me')
  expect(body).toMatchObject({ user: 'carol', groups: [{ role: 'member' }, { role: 'member' }] })
  expect(body['permissions']).toMatchObject({ 'invoice.approve': true })
  await run.expect(304, 'carol', 'GET', '/me', undefined, { 'if-none-match': headers.get('etag') ?? '' })
})

test('whoever is removed is told so, and gets no later version by push, sync or HTTP', async () => {
  await run.makeGroup('leavers', 'alice', ['bob'], { secret: 1 })
  const bob = await run.join('bob')
  await run.expect(204, 'alice', 'DELETE', '/groups/leavers/members/bob')
  expect(await bob.next('MembershipChanged')).toMatchObject({ group: 'leavers', role: null })
  await run.expect(200, 'alice', 'PATCH', '/groups/leavers', { secret: 2 })
  expect(await bob.drain()).toEqual([])
  bob.send({ event: 'sync', ref: 'after', known: { 'group:leavers': 1 } })
  expect(await bob.next('Synced')).toMatchObject({ gone: ['group:leavers'] })
  await run.expect(403, 'bob', 'GET', '/groups/leavers')
  bob.terminate()
})

test('whoever is added hears of it and gets what follows, on connections that were open before', async () => {
  await run.makeGroup('joiners', 'alice', [], { a: 1 })
  const bob = await run.join('bob')
  await run.expect(201, 'alice', 'PUT', '/groups/joiners/members/bob', { role: 'member' })
  expect(await bob.next('MembershipChanged')).toMatchObject({ group: 'joiners', role: 'member' })
  await run.expect(200, 'alice', 'PATCH', '/groups/joiners', { a: 2 })
  expect(await bob.next('UserUpdated')).toMatchObject({ subject: 'group:joiners', version: 2 })
  bob.terminate()
})

test('history tells who changed what, and a revert makes a new version', async () => {
  await run.makeGroup('chronicle', 'alice', [], { a: 1 })
  await run.expect(200, 'alice', 'PATCH', '/groups/chronicle', { a: 2, b: true })
  await run.expect(200, 'alice', 'POST', '/groups/chronicle/revert', { version: 1 })
  const first = await run.expect(200, 'alice', 'GET', '/groups/chronicle/history?limit=2')
  expect(first.body['versions']).toMatchObject([
    { version: 3, settings: { a: 1 }, change: { a: 1, b: null }, updatedBy: 'alice' },
    { version: 2, settings: { a: 2, b: true }, change: { a: 2, b: true }, updatedBy: 'alice' },
  ])
  const rest = await run.expect(
    200,
    'alice',
    'GET',
    `/groups/chronicle/history?limit=2&cursor=${String(first.body['cursor'])}`,
  )
  expect(rest.body).toMatchObject({ versions: [{ version: 1, updatedBy: 'service' }], cursor: null })
})

test('presence tells who is online, since when and on which version', async () => {
  await run.makeGroup('office', 'alice', ['olga', 'oscar'])
  const olga = await run.join('olga')
  const { body } = await run.expect(200, 'alice', 'GET', '/groups/office/presence')
  expect(body['members']).toMatchObject([{ user: 'olga', role: 'member', version: 1, connections: [{}] }])
  olga.terminate()
})

test('a custom event reaches the members', async () => {
  await run.makeGroup('listeners', 'alice', ['lena'])
  const lena = await run.join('lena')
  const { body } = await run.expect(202, 'alice', 'POST', '/groups/listeners/events', {
    event: 'MaintenanceSoon',
    data: { minutes: 5 },
    id: 'm-1',
  })
  expect(body).toMatchObject({ id: 'm-1', delivery: { delivered: 1 } })
  expect(await lena.next('MaintenanceSoon')).toMatchObject({ id: 'm-1', data: { minutes: 5 }, sentBy: 'alice' })
  lena.terminate()
})

test('a user is signed out everywhere, now', async () => {
  const sockets = await Promise.all([run.join('sam'), run.join('sam')])
  const { body } = await run.expect(200, 'service', 'DELETE', '/users/sam/connections')
  expect(body).toEqual({ closed: 2 })
  for (const socket of sockets) {
    expect(await socket.next('SignedOut')).toMatchObject({ reason: 'signed_out', reconnect: false })
    await socket.closed
  }
})

test('a deleted group is gone for its members, and its versions go on when it is made again', async () => {
  await run.makeGroup('phoenix', 'alice', ['bob'], { a: 1 })
  const bob = await run.join('bob')
  await run.expect(204, 'service', 'DELETE', '/groups/phoenix')
  expect(await bob.next('MembershipChanged')).toMatchObject({ group: 'phoenix', role: null })
  await run.expect(404, 'alice', 'GET', '/groups/phoenix')
  await run.expect(404, 'service', 'DELETE', '/groups/phoenix')
  const { body } = await run.expect(201, 'service', 'PUT', '/groups/phoenix', { admin: 'carol', settings: { b: 1 } })
  expect(body).toMatchObject({ version: 3, settings: { b: 1 } })
  await run.expect(403, 'bob', 'GET', '/groups/phoenix')
  bob.terminate()
})

test('a token is renewed without reconnecting', async () => {
  const bob = await run.join('bob')
  bob.send({ event: 'renew', token: await run.token('bob') })
  expect(await bob.next('Renewed')).toHaveProperty('tokenExpiresAt')
  bob.send({ event: 'renew', token: await run.token('alice') })
  expect(await bob.next('Error')).toMatchObject({ code: 'forbidden', retryable: false })
  bob.terminate()
})
