import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leaks } from '../support/leaks.ts'
import { startLocalRun, type LocalRun, type TestSocket } from '../support/local-run.ts'

/**
 * Random and hostile JSON on every route that takes a body and on every event of the WebSocket: never a 5xx, nothing changes that
 * was not meant to, and everything works as before. GRANTWIRE_RUNS says how many documents each route gets.
 */
const RUNS = Number(process.env['GRANTWIRE_RUNS'] ?? 12)
const MARKER = 'marker-of-the-settings'

let run: LocalRun
let canary: TestSocket

beforeAll(async () => {
  run = await startLocalRun({ reports: true })
  await run.makeGroup('target', 'admin', ['member'], { text: MARKER })
  await run.makeGroup('canary', 'admin', ['bird'], { 'may.sing': true, text: MARKER })
  canary = await run.join('bird')
})
afterAll(() => run.close())

const nested = (depth: number, open: string, close: string): string => `${open.repeat(depth)}0${close.repeat(depth)}`
const keys = (count: number, value: string): string =>
  `{${Array.from({ length: count }, (_, i) => `"k${i}":${value}`).join(',')}}`

/** JSON texts, and what only looks like JSON. */
const HOSTILE = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null,"prototype":1,"hasOwnProperty":1,"toString":"x","valueOf":null,"toJSON":1,"then":1}',
  `{"a":${nested(31, '[', ']')}}`,
  `{"a":${nested(33, '{"a":', '}')}}`,
  nested(5_000, '{"a":', '}'),
  nested(20_000, '[', ']'),
  '{"a":1e308,"b":-1e308,"c":1e-400,"d":-0,"e":12345678901234567890123456789}',
  '{"a":1e999}',
  '{"a":-1e999}',
  '{"a":"\\ud800","\\udfff":"\\udc00\\ud800"}',
  '{"a":"\\u0000","\\u0000":1,"\\u2028":"\\u2029"}',
  keys(10_000, '1'),
  keys(10_000, 'null'),
  '{"event":"__proto__","data":{"__proto__":1}}',
  '{"event":{},"data":1}',
  '{"role":{"toString":1}}',
  '{"role":["admin"]}',
  '{"version":1e99}',
  '{"version":"1"}',
  '{"version":-1}',
  '{"version":1.5}',
  '{"admin":["alice"],"settings":[]}',
  '{"admin":{"__proto__":"alice"}}',
  '{"settings":{"__proto__":{"x":1}},"admin":"__proto__"}',
  '{"a":1,"a":2,"a":{"a":null}}',
  '\uFEFF{"a":1}',
  '{"a":1}{"b":2}',
  '[]',
  'null',
  'true',
  '0',
  '""',
  '',
  ' ',
  '{',
  'NaN',
  `"${'x'.repeat(40_000)}"`,
]

const names = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'event',
    'data',
    'role',
    'admin',
    'settings',
    'version',
    'known',
    'ref',
    'token',
    'id',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -0,
    1e308,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    'admin',
    'member',
    'Hello',
    '\ud800',
    'group:target',
    {},
    [],
  ),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const documents = fc.letrec<{ any: unknown; object: Record<string, unknown> }>(tie => ({
  any: fc.oneof({ maxDepth: 4 }, values, tie('object'), fc.array(tie('any'), { maxLength: 4 })),
  object: fc.dictionary(names, tie('any'), { maxKeys: 5 }),
})).object

/** Texts of JSON documents: the list above one by one, then random ones. */
const texts = documents.map(document => JSON.stringify(document))
const forEach = (check: (text: string) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(texts, check), {
    numRuns: RUNS + HOSTILE.length,
    examples: HOSTILE.map(text => [text]),
    endOnFailure: true,
  })

type Item = Record<string, unknown>
const keyOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`
/** All settings that nobody here may change: those of the canary group and of its member. */
const untouched = (items: Item[]): Item[] =>
  items.filter(item => /canary|bird/.test(keyOf(item))).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

/** That the process is healthy: the others have what they had, and an update reaches its member. */
let beats = 0
async function isHealthy(before: Item[]): Promise<void> {
  expect(untouched(await run.items('Settings'))).toEqual(untouched(before))
  const { body } = await run.expect(200, 'bird', 'GET', '/me')
  expect(body['permissions']).toEqual({ 'may.sing': true })
  await run.expect(202, 'admin', 'POST', '/groups/canary/events', { event: 'Beat', id: String(++beats) })
  expect(await canary.next('Beat')).toMatchObject({ id: String(beats) })
  expect(run.lines.filter(line => / {2}ERROR {2}/.test(line))).toEqual([])
}

const ROUTES: [user: string, method: string, path: string][] = [
  ['admin', 'PATCH', '/groups/target'],
  ['service', 'PATCH', '/users/member'],
  ['admin', 'POST', '/groups/target/revert'],
  ['admin', 'PUT', '/groups/target/members/someone'],
  ['service', 'PUT', '/groups/new'],
  ['admin', 'POST', '/groups/target/events'],
  ['service', 'POST', '/users/member/events'],
]

test('these are the routes of the template that take a body', () => {
  const withBody = run.stack.template
    .ofType('AWS::ApiGatewayV2::Route')
    .map(({ properties }) => String(properties['RouteKey']))
    .filter(key => /^(PATCH|POST|PUT) /.test(key))
  const form = (path: string): string =>
    path.replace(/groups\/\w+/, 'groups/{groupId}').replace(/(users|members)\/\w+/, '$1/{userId}')
  expect(ROUTES.map(([, method, path]) => `${method} ${form(path)}`).sort()).toEqual(withBody.sort())
})

test.each(ROUTES)('%s: %s %s takes any document, or refuses it without a trace', async (user, method, path) => {
  const atFirst = await run.items('Settings')
  let before = atFirst
  await forEach(async text => {
    const { status, body } = await run.request(user, method, path, text)
    const after = await run.items('Settings')
    if (status >= 400) {
      expect(status, JSON.stringify(body)).toBeLessThan(500)
      expect(body['code']).toMatch(/^[a-z_]+$/)
      expect(after).toEqual(before)
    } else if (method === 'PATCH') {
      const stored = (await run.expect(200, 'service', 'GET', path)).body
      expect(JSON.stringify(stored['settings'])).toBe(JSON.stringify(body['settings']))
    }
    before = after
  })
  await isHealthy(atFirst)
})

test('a key that JavaScript gives a meaning is data, and nothing else', async () => {
  const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":false}'
  await run.makeGroup('names', 'admin')
  await run.expect(200, 'admin', 'PATCH', '/groups/names', text)
  const { body } = await run.expect(200, 'admin', 'GET', '/groups/names')
  expect(JSON.stringify(body['settings'])).toBe(text)
  expect((await run.expect(200, 'admin', 'GET', '/me')).body['permissions']).toMatchObject({ toString: false })
})

test('a body where none is taken is not looked at', async () => {
  for (const text of HOSTILE) await run.expect(404, 'admin', 'DELETE', '/groups/target/members/nobody', text)
})

describe('ids in paths', () => {
  test.each(['__proto__', 'constructor', 'toString', '%00', '%ff', '%', 'a%2Fb', '%E2%80%AE', 'x'.repeat(2_000)])(
    '%s is an id like any other, or is refused',
    async id => {
      const before = await run.items('Settings')
      for (const [method, path] of [
        ['GET', `/groups/${id}`],
        ['PATCH', `/groups/${id}`],
        ['PUT', `/groups/target/members/${id}`],
        ['GET', `/users/${id}`],
      ] as const) {
        const { status } = await run.request('bird', method, path, method === 'GET' ? undefined : { role: 'member' })
        expect([400, 403, 404]).toContain(status)
      }
      expect(await run.items('Settings')).toEqual(before)
    },
  )
})

describe('a WebSocket', () => {
  const FRAME = 32 * 1024
  const open = async () => {
    const socket = await run.connect('member')
    return { socket, ask: (text: string) => (socket.send(text), socket.next()) }
  }

  test.each(['sync', 'renew', '__proto__', ''])(
    'answers any message of the event "%s" once, and stays open',
    async event => {
      const before = await run.items('Settings')
      const { socket, ask } = await open()
      await forEach(async text => {
        // What the text holds, under this event; what is no object goes as it is.
        const message = /^\{.+\}$/s.test(text) ? `{"event":${JSON.stringify(event)},${text.slice(1)}` : text
        if (Buffer.byteLength(message) > FRAME) return
        const answer = await ask(message)
        expect(['Error', 'Synced']).toContain(answer['event'])
        if (answer['event'] === 'Error') expect(answer['code']).not.toBe('unavailable')
      })
      expect(await run.items('Settings')).toEqual(before)
      expect(socket.socket.readyState).toBe(socket.socket.OPEN)
      socket.terminate()
      await isHealthy(before)
    },
  )

  test('takes 1,000 subjects in `known`, and no more', async () => {
    const { socket, ask } = await open()
    const known = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`group:${i}`, 1]))
    expect((await ask(JSON.stringify({ event: 'sync', known: known(1_000) })))['event']).toBe('Synced')
    expect(await ask(JSON.stringify({ event: 'sync', known: known(1_001) }))).toMatchObject({ code: 'invalid_message' })
    socket.terminate()
  })
})

test('no line of the log holds a token or settings, not even when every call fails', async () => {
  const remove = run.stack.faults.add({ on: 'dynamodb:*', fault: 'error', rate: 0.7 })
  const socket = await run.connect('member').catch(() => undefined)
  for (const [user, method, path] of ROUTES)
    await run.request(user, method, path, {
      text: MARKER,
      role: 'member',
      event: 'Hello',
      data: MARKER,
      admin: 'admin',
      version: 1,
    })
  const token = await run.token('member')
  for (const event of ['sync', 'renew', 'other']) socket?.send({ event, token, known: {}, text: MARKER })
  await socket?.next()
  remove()
  expect(run.lines.some(line => / {2}ERROR {2}/.test(line))).toBe(true)
  const tokens = await Promise.all(['admin', 'member', 'bird', 'service'].map(user => run.token(user)))
  expect(leaks(run.lines, tokens, [MARKER])).toEqual([])
  socket?.terminate()
})
