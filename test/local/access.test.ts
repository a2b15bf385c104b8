import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leaks } from '../support/leaks.ts'
import { startLocalRun, TestSocket, type LocalRun } from '../support/local-run.ts'
import { BAD_TOKENS, makeSigningKey, Minter, type BadToken } from '../support/tokens.ts'

/**
 * Who may do what: every route of the template, with every kind of token. `stranger` is in no group, `member` and `admin` are in
 * the group of the path, `foreign` is an admin of another group, `service` has the scope grantwire/admin. The `{userId}` of the
 * path is the member. Every token that must not be taken names the admin and the scope of a service.
 */
const TABLE = `
                                           none expired early issuer audience unsigned hs256 forged garbage | stranger member admin foreign service
GET /me                                    401  401     401   401    401      401      401   401    401     | 200      200    200   200     200
GET /groups/{groupId}                      401  401     401   401    401      401      401   401    401     | 403      200    200   403     200
GET /users/{userId}                        401  401     401   401    401      401      401   401    401     | 403      200    403   403     200
PATCH /groups/{groupId}                    401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
PATCH /users/{userId}                      401  401     401   401    401      401      401   401    401     | 403      403    403   403     200
POST /groups/{groupId}/revert              401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
GET /groups/{groupId}/history              401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
GET /groups/{groupId}/members              401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
PUT /groups/{groupId}/members/{userId}     401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
DELETE /groups/{groupId}/members/{userId}  401  401     401   401    401      401      401   401    401     | 403      403    204   403     204
PUT /groups/{groupId}                      401  401     401   401    401      401      401   401    401     | 403      403    403   403     201
DELETE /groups/{groupId}                   401  401     401   401    401      401      401   401    401     | 403      403    403   403     204
GET /groups/{groupId}/presence             401  401     401   401    401      401      401   401    401     | 403      403    200   403     200
POST /groups/{groupId}/events              401  401     401   401    401      401      401   401    401     | 403      403    202   403     202
POST /users/{userId}/events                401  401     401   401    401      401      401   401    401     | 403      403    403   403     202
DELETE /users/{userId}/connections         401  401     401   401    401      401      401   401    401     | 403      403    403   403     200

$connect                                   401  401     401   401    401      401      401   401    401     | open     open   open  open    open
renew, on the connection of the member     inv. unauth. unauth. unauth. unauth. unauth. unauth. unauth. unauth. | forb. Renewed forb. forb.   forb.
`

/** Where the cells of a line begin. */
const CELLS = 43
const [head = '', ...lines] = TABLE.split('\n').filter(line => line !== '')
const cellsOf = (line: string): string[] => line.slice(CELLS).split(/[ |]+/)
const COLUMNS = cellsOf(head)
const ROWS = new Map(lines.map(line => [line.slice(0, CELLS).trim(), cellsOf(line)]))
const ROUTES = [...ROWS.keys()].filter(name => /^[A-Z]+ \//.test(name))

/** What is sent, where a route takes something; what it does comes to the same however often it is done. */
const MARKER = 'marker-of-the-settings'
const BODIES: Record<string, unknown> = {
  'PATCH /groups/{groupId}': { text: MARKER },
  'PATCH /users/{userId}': { text: MARKER },
  'POST /groups/{groupId}/revert': { version: 1 },
  'PUT /groups/{groupId}/members/{userId}': { role: 'member' },
  'PUT /groups/{groupId}': { admin: 'admin', settings: { text: MARKER } },
  'POST /groups/{groupId}/events': { event: 'Hello', data: MARKER },
  'POST /users/{userId}/events': { event: 'Hello', data: MARKER },
}
/** Only these cannot be done twice, so each column has a group or a member of its own, named after it. */
const GROUP_OF: Record<string, (column: string) => string> = {
  'PUT /groups/{groupId}': column => `made-${column}`,
  'DELETE /groups/{groupId}': column => `deleted-${column}`,
}
const USER_OF: Record<string, (column: string) => string> = {
  'DELETE /groups/{groupId}/members/{userId}': column => `removed-${column}`,
}

let run: LocalRun
let minter: Minter

beforeAll(async () => {
  const signingKey = await makeSigningKey()
  run = await startLocalRun({ signingKey, reports: true })
  minter = await Minter.of(run.stack, signingKey)
  await run.makeGroup('group', 'admin', ['member', 'removed-admin', 'removed-service'], { text: MARKER })
  await run.makeGroup('elsewhere', 'foreign')
  await run.makeGroup('deleted-service', 'admin')
  await run.expect(200, 'service', 'PATCH', '/users/member', { text: MARKER })
})
afterAll(() => run.close())

const isBad = (column: string): column is BadToken => BAD_TOKENS.some(kind => kind === column)
const tokenOf = (column: string): Promise<string | undefined> =>
  isBad(column)
    ? minter.bad(column, 'admin')
    : minter.sign({ sub: column, ...(column === 'service' ? { scope: 'grantwire/admin' } : {}) })

/** The status of a route for one kind of token. */
async function ask(route: string, column: string): Promise<string> {
  const [method = '', template = ''] = route.split(' ')
  const path = template
    .replace('{groupId}', GROUP_OF[route]?.(column) ?? 'group')
    .replace('{userId}', USER_OF[route]?.(column) ?? 'member')
  const token = await tokenOf(column)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { status } = await run.request(undefined, method, path, BODIES[route], headers)
  return String(status)
}
const contents = async () => [await run.items('Settings'), await run.items('Connections')]

test('the table has every route of the template, and no other', () => {
  const keys = run.stack.template.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties['RouteKey'])
  expect(keys.filter(key => String(key).includes(' ')).sort()).toEqual([...ROUTES].sort())
})

test.each(ROUTES)('%s', async route => {
  const expected = ROWS.get(route)!
  const before = await contents()
  const answers: string[] = []
  // What must be refused first: nothing of it may leave a trace.
  const order = COLUMNS.map((column, index) => ({ column, refused: expected[index]!.startsWith('4') }))
  for (const { column } of order.filter(({ refused }) => refused)) answers.push(await ask(route, column))
  expect(await contents()).toEqual(before)
  for (const { column } of order.filter(({ refused }) => !refused)) answers.push(await ask(route, column))
  const asked = [...order.filter(({ refused }) => refused), ...order.filter(({ refused }) => !refused)]
  const byColumn = new Map(asked.map(({ column }, index) => [column, answers[index]]))
  expect(COLUMNS.map(column => `${column} ${byColumn.get(column) ?? ''}`)).toEqual(
    COLUMNS.map((column, index) => `${column} ${expected[index] ?? ''}`),
  )
})

describe('a WebSocket', () => {
  const connect = async (token: string | undefined, headers: Record<string, string> = {}): Promise<string> => {
    const protocols = ['grantwire.v1', ...(token === undefined ? [] : [`bearer.${token}`])]
    const socket = new TestSocket(run.stack.webSocketUrl, protocols, headers)
    try {
      await socket.opened
      return 'open'
    } catch (error) {
      return /\d{3}/.exec(String(error))?.[0] ?? String(error)
    } finally {
      socket.terminate()
    }
  }

  test('$connect', async () => {
    const answers: string[] = []
    for (const column of COLUMNS) answers.push(await connect(await tokenOf(column)))
    expect(answers).toEqual(ROWS.get('$connect'))
  })

  test('renew', async () => {
    const socket = await run.connect('member', await minter.sign({ sub: 'member' }))
    const answers: string[] = []
    for (const column of COLUMNS) {
      socket.send({ event: 'renew', token: await tokenOf(column) })
      const { event, code } = await socket.next()
      answers.push(event === 'Error' ? String(code) : String(event))
    }
    const words: Record<string, string> = { 'inv.': 'invalid_message', 'unauth.': 'unauthorized', 'forb.': 'forbidden' }
    const expected = ROWS.get('renew, on the connection of the member')
    expect(answers).toEqual(expected?.map(word => words[word] ?? word))
    socket.terminate()
  })

  test.each([['https://evil.example.com'], ['null'], ['http://127.0.0.1'], ['https://127.0.0.1.evil.example.com']])(
    'of a page of %s is refused, whatever its token',
    async origin => {
      expect(await connect(await minter.sign({ sub: 'admin' }), { origin })).toBe('403')
    },
  )

  test('of a page of the console opens', async () => {
    expect(await connect(await minter.sign({ sub: 'admin' }), { origin: run.stack.consoleUrl })).toBe('open')
  })
})

describe('a page of another origin', () => {
  const preflight = (origin: string) =>
    fetch(`${run.stack.httpUrl}/groups/group`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' },
    })

  test('is not told that it may call, nor may it read an answer', async () => {
    expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull()
    const authorization = `Bearer ${await minter.sign({ sub: 'member' })}`
    const { headers } = await run.request(undefined, 'GET', '/me', undefined, {
      authorization,
      origin: 'https://evil.example.com',
    })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('and the console is', async () => {
    const { headers } = await preflight(run.stack.consoleUrl)
    expect(headers.get('access-control-allow-origin')).toBe(run.stack.consoleUrl)
    expect(headers.get('access-control-allow-methods')).toContain('PATCH')
  })
})

describe('a token that is too large', () => {
  const large = () => minter.sign({ sub: 'member', groups: 'g'.repeat(11_000) })

  test('for the headers of a request is refused with 431', async () => {
    const answer = await run.request(undefined, 'GET', '/me', undefined, { authorization: `Bearer ${await large()}` })
    expect(answer).toMatchObject({ status: 431, body: { message: 'Request Header Fields Too Large' } })
  })

  test('for an upgrade is refused with 431', async () => {
    await expect(run.connect('member', await large())).rejects.toThrow('431')
  })

  test('for `renew` is answered with what is wrong, and the connection stays', async () => {
    const socket = await run.connect('member', await minter.sign({ sub: 'member' }))
    socket.send({ event: 'renew', token: await large() })
    const { code, message } = await socket.next('Error')
    expect(code).toBe('invalid_message')
    expect(message).toMatch(/^token: .*8192/)
    socket.send({ event: 'renew', token: await minter.sign({ sub: 'member' }) })
    await socket.next('Renewed')
    socket.terminate()
  })
})

test('no line of the log holds a token or settings', () => {
  expect(run.lines.length).toBeGreaterThan(100)
  expect(minter.made.length).toBeGreaterThan(200)
  expect(leaks(run.lines, minter.made, [MARKER])).toEqual([])
})
