import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { getToken } from '../../local/tokens.ts'
import { startLocalRun, TestSocket, type LocalRun } from '../support/local-run.ts'

let run: LocalRun
let witness: TestSocket

beforeAll(async () => {
  run = await startLocalRun()
  await run.makeGroup('eng', 'alice', ['bob'], { a: 1 })
  await run.makeGroup('fin', 'dana', [], { b: 1 })
  await run.makeGroup('was', 'alice', ['bob'], { c: 1 })
  await run.expect(204, 'service', 'DELETE', '/groups/was')
  witness = await run.join('bob')
})
afterAll(() => run.close())

/** Everything that the settings table holds. The time at which an index entry was last written says nothing to anybody. */
const contents = async () => (await run.items('Settings')).map(({ writtenAt: _, ...item }) => item)

type Call = [user: string, method: string, path: string, body?: unknown, headers?: Record<string, string>]
const patch = (body: unknown, headers?: Record<string, string>): Call =>
  headers === undefined ? ['alice', 'PATCH', '/groups/eng', body] : ['alice', 'PATCH', '/groups/eng', body, headers]

test.each<[what: string, call: Call, status: number, code: string]>([
  ['malformed JSON', patch('{"a":'), 400, 'malformed_json'],
  ['an empty body', patch(''), 400, 'malformed_json'],
  ['a list', patch([1]), 400, 'invalid_body'],
  ['a text', patch('"text"'), 400, 'invalid_body'],
  ['null', patch('null'), 400, 'invalid_body'],
  ['a number that JSON cannot say', patch('{"a": 1e999}'), 400, 'invalid_body'],
  ['nesting of 10,000', patch(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 400, 'invalid_body'],
  ['settings over 28 KiB', patch({ a: 'x'.repeat(28 * 1024) }), 413, 'settings_too_large'],
  ['another media type', patch('a=1', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
  ['a stale If-Match', patch({ a: 2 }, { 'if-match': '"99"' }), 412, 'version_mismatch'],
  ['an If-Match that is no tag', patch({ a: 2 }, { 'if-match': '1' }), 400, 'invalid_header'],
  ['a connection id that is none', patch({ a: 2 }, { 'grantwire-exclude-connection': '<x>' }), 400, 'invalid_header'],
  ['a member who patches', ['bob', 'PATCH', '/groups/eng', { a: 2 }], 403, 'forbidden'],
  ['an admin of another group', ['dana', 'PATCH', '/groups/eng', { a: 2 }], 403, 'forbidden'],
  ['an unknown group', ['alice', 'PATCH', '/groups/nowhere', { a: 2 }], 404, 'group_not_found'],
  ['an unknown group, read', ['alice', 'GET', '/groups/nowhere'], 404, 'group_not_found'],
  ['a stranger who reads', ['dana', 'GET', '/groups/eng'], 403, 'forbidden'],
  ['an id with a space', ['alice', 'PATCH', '/groups/a%20b', { a: 2 }], 400, 'invalid_id'],
  ['an id with #', ['alice', 'PATCH', '/groups/a%23b', { a: 2 }], 400, 'invalid_id'],
  ['an id of 129 characters', ['alice', 'PATCH', `/groups/${'a'.repeat(129)}`, { a: 2 }], 400, 'invalid_id'],
  ['a user’s settings, patched by an admin', ['alice', 'PATCH', '/users/bob', { a: 2 }], 403, 'forbidden'],
  ['another user’s settings', ['alice', 'GET', '/users/bob'], 403, 'forbidden'],
  ['a role that is none', ['alice', 'PUT', '/groups/eng/members/zoe', { role: 'owner' }], 400, 'invalid_body'],
  [
    'a field that is unknown',
    ['alice', 'PUT', '/groups/eng/members/zoe', { role: 'member', x: 1 }],
    400,
    'invalid_body',
  ],
  [
    'a member of an unknown group',
    ['service', 'PUT', '/groups/nowhere/members/zoe', { role: 'member' }],
    404,
    'group_not_found',
  ],
  ['removing the last admin', ['alice', 'DELETE', '/groups/eng/members/alice'], 409, 'last_admin'],
  [
    'the last admin who steps down',
    ['alice', 'PUT', '/groups/eng/members/alice', { role: 'member' }],
    409,
    'last_admin',
  ],
  ['removing who is no member', ['alice', 'DELETE', '/groups/eng/members/zoe'], 404, 'member_not_found'],
  ['making a group that exists', ['service', 'PUT', '/groups/eng', { admin: 'bob' }], 409, 'group_exists'],
  ['making a group without being a service', ['alice', 'PUT', '/groups/mine', { admin: 'alice' }], 403, 'forbidden'],
  ['deleting a group that is not there', ['service', 'DELETE', '/groups/nowhere'], 404, 'group_not_found'],
  [
    'going back to a version that never was',
    ['alice', 'POST', '/groups/eng/revert', { version: 99 }],
    404,
    'version_not_found',
  ],
  ['going back to version 0', ['alice', 'POST', '/groups/eng/revert', { version: 0 }], 400, 'invalid_body'],
  ['going back without a version', ['alice', 'POST', '/groups/eng/revert', {}], 400, 'invalid_body'],
  ['changing a group that was deleted', ['service', 'PATCH', '/groups/was', { c: 2 }], 404, 'group_not_found'],
  ['deleting a group twice', ['service', 'DELETE', '/groups/was'], 404, 'group_not_found'],
  [
    'a member of a group that was deleted',
    ['service', 'PUT', '/groups/was/members/zoe', { role: 'member' }],
    404,
    'group_not_found',
  ],
  ['a cursor of one’s own', ['alice', 'GET', '/groups/eng/history?cursor=Mg.AAAAAAAA'], 400, 'invalid_cursor'],
  ['a cursor without an end', ['alice', 'GET', `/groups/eng/members?cursor=${'A'.repeat(401)}`], 400, 'invalid_cursor'],
  ['a cursor that is none', ['alice', 'GET', '/groups/eng/presence?cursor=%00'], 400, 'invalid_cursor'],
  ['a limit of 0', ['alice', 'GET', '/groups/eng/history?limit=0'], 400, 'invalid_query'],
  ['an event of the system', ['alice', 'POST', '/groups/eng/events', { event: 'UserUpdated' }], 400, 'reserved_event'],
  [
    'an event name of 65 characters',
    ['alice', 'POST', '/groups/eng/events', { event: 'e'.repeat(65) }],
    400,
    'invalid_body',
  ],
  [
    'event data over 28 KiB',
    ['alice', 'POST', '/groups/eng/events', { event: 'E', data: 'x'.repeat(28 * 1024) }],
    413,
    'event_too_large',
  ],
  ['an event without a name', ['alice', 'POST', '/groups/eng/events', { event: '' }], 400, 'invalid_body'],
  [
    'an event whose id is none',
    ['alice', 'POST', '/groups/eng/events', { event: 'E', id: 'a b' }],
    400,
    'invalid_body',
  ],
  ['an event to nobody', ['service', 'POST', '/groups/nowhere/events', { event: 'E' }], 404, 'group_not_found'],
  ['an event to a user, by an admin', ['alice', 'POST', '/users/bob/events', { event: 'E' }], 403, 'forbidden'],
  ['signing somebody out without being a service', ['alice', 'DELETE', '/users/bob/connections'], 403, 'forbidden'],
  ['an event by a member', ['bob', 'POST', '/groups/eng/events', { event: 'E' }], 403, 'forbidden'],
])('%s has a stable error, nothing is written, and nobody is told', async (_, call, status, code) => {
  const before = await contents()
  const { status: answered, body, headers } = await run.request(...call)
  expect({ status: answered, code: body['code'] }).toEqual({ status, code })
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body['detail']).toMatch(/\w{3,}/)
  expect(await contents()).toEqual(before)
  expect(await witness.drain()).toEqual([])
})

describe('a token', () => {
  test('that is missing', async () => {
    expect(await run.request(undefined, 'GET', '/me')).toMatchObject({ status: 401, body: { message: 'Unauthorized' } })
  })

  test('that is no token', async () => {
    const answer = await run.request(undefined, 'GET', '/me', undefined, { authorization: 'Bearer nonsense' })
    expect(answer.status).toBe(401)
  })

  test('of another issuer', async () => {
    const other = await startLocalRun()
    try {
      const token = await other.token('alice')
      expect((await run.request(undefined, 'GET', '/me', undefined, { authorization: `Bearer ${token}` })).status).toBe(
        401,
      )
      await expect(run.connect('alice', token)).rejects.toThrow('401')
    } finally {
      await other.close()
    }
  })

  test('that has expired', async () => {
    const token = await getToken(run.stack, { who: { user: 'alice' }, expiresIn: 1 })
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }
    let status = 200
    while (status === 200)
      status = (await run.request(undefined, 'GET', '/me', undefined, { authorization: `Bearer ${token}` })).status
    expect(status).toBe(401)
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000)
    await expect(run.connect('alice', token)).rejects.toThrow('401')
  })
})

describe('a WebSocket', () => {
  const open = (protocols: string[], headers = {}) => new TestSocket(run.stack.webSocketUrl, protocols, headers).opened

  test('without a subprotocol is refused with 401, and never opens', async () => {
    await expect(open([])).rejects.toThrow('401')
  })

  test('without a token is refused with 401', async () => {
    await expect(open(['grantwire.v1'])).rejects.toThrow('401')
  })

  test('that does not speak our protocol is refused with 401', async () => {
    await expect(open([`bearer.${await run.token('bob')}`])).rejects.toThrow('401')
  })

  test('from a page of a foreign origin is refused with 403', async () => {
    const protocols = ['grantwire.v1', `bearer.${await run.token('bob')}`]
    await expect(open(protocols, { origin: 'https://evil.example.com' })).rejects.toThrow('403')
    await open(protocols, { origin: run.stack.consoleUrl })
  })

  test.each<[what: string, message: unknown, code: string]>([
    ['an unknown event', { event: 'subscribe' }, 'unknown_event'],
    ['no JSON', 'hello', 'unknown_event'],
    ['a list', [1, 2], 'unknown_event'],
    ['a sync that knows nonsense', { event: 'sync', known: { everything: 1 } }, 'invalid_message'],
    ['a sync with a version that is none', { event: 'sync', known: { 'group:eng': -1 } }, 'invalid_message'],
    ['a renewal without a token', { event: 'renew' }, 'invalid_message'],
    ['a renewal with a bad token', { event: 'renew', token: 'nonsense' }, 'unauthorized'],
  ])('answers %s with an Error event and stays open', async (_, message, code) => {
    const bob = await run.connect('bob')
    bob.send(message)
    expect(await bob.next('Error')).toMatchObject({ code, retryable: false })
    expect(bob.socket.readyState).toBe(WebSocket.OPEN)
    bob.terminate()
  })

  test('is closed with 1003 at a binary frame', async () => {
    const bob = await run.connect('bob')
    bob.socket.send(Buffer.from([1, 2, 3]))
    expect((await bob.closed).code).toBe(1003)
  })

  test('is closed with 1009 at a frame over 32 KiB', async () => {
    const bob = await run.connect('bob')
    bob.send('x'.repeat(32 * 1024 + 1))
    expect((await bob.closed).code).toBe(1009)
  })
})

test('a refused request leaves nothing behind that breaks the next one', async () => {
  for (let i = 0; i < 5; i++) await run.expect(400, 'bob', 'PATCH', '/groups/eng', { a: 2 }, { 'if-match': '7' })
  await run.expect(200, 'alice', 'PATCH', '/groups/eng', { a: 3 })
})

test('a group whose settings have thousands of keys can be deleted', async () => {
  const settings = Object.fromEntries(Array.from({ length: 2_800 }, (_, i) => [`k${i}`, 1]))
  await run.makeGroup('wide', 'alice', [], settings)
  await run.expect(204, 'service', 'DELETE', '/groups/wide')
})
