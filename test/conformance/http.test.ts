import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { TokenBucket } from '../../local/gateway/throttle.ts'
import { AUDIENCE, inSeconds, makeKeys, startIssuer, type Keys } from '../functions/issuer.ts'
import { closeAll, FakeFunction, startHttpApi, startWebSocketApi, until } from '../support/gateway.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { aws } from './source.ts'

let keys: Keys
let issuer: Awaited<ReturnType<typeof startIssuer>>

beforeAll(async () => {
  keys = await makeKeys()
  issuer = await startIssuer(keys)
})
afterAll(() => issuer.close())
afterEach(closeAll)

const jwt = () => ({
  type: 'JWT' as const,
  issuer: issuer.issuer,
  audience: [AUDIENCE],
  identitySource: ['$request.header.Authorization'],
})
const bearer = async (claims: object) => ({
  authorization: `Bearer ${await keys.sign({ iss: issuer.issuer, aud: AUDIENCE, exp: inSeconds(60), sub: 'bob', ...claims })}`,
})
const authorizerOf = ({ events }: FakeFunction) =>
  events.at(-1)?.requestContext['authorizer'] as { jwt: { claims: Record<string, string>; scopes: string[] | null } }

test(aws('5 the HTTP API and the WebSocket API share one token bucket', 'limits'), async () => {
  const clock = new ManualClock()
  const deps = { clock, bucket: new TokenBucket(clock, 1, 3) }
  const target = new FakeFunction()
  const http = await startHttpApi({ 'GET /me': { target } }, deps)
  const webSocket = await startWebSocketApi({ $connect: { target } }, deps)
  const { id } = await webSocket.open()
  expect((await fetch(`${http}/me`)).status).toBe(200)
  expect((await webSocket.post(id, '{}')).status).toBe(200)
  const refused = await fetch(`${http}/me`)
  expect([refused.status, await refused.json()]).toEqual([429, { message: 'Too Many Requests' }])
  clock.advance(1_000)
  expect((await fetch(`${http}/me`)).status).toBe(200)
})

test(aws('5 a stage has a throttle of its own besides', 'http-api-throttling'), async () => {
  const clock = new ManualClock()
  const http = await startHttpApi(
    { 'GET /me': { target: new FakeFunction() } },
    { clock, throttle: { rateLimit: 1, burstLimit: 1 } },
  )
  const statuses = [(await fetch(`${http}/me`)).status, (await fetch(`${http}/me`)).status]
  expect(statuses).toEqual([200, 429])
})

test(aws('5 the bucket of a Region holds 5,000 and fills by 10,000 a second', 'limits'), () => {
  const clock = new ManualClock()
  const bucket = new TokenBucket(clock)
  const takeAll = (): number => {
    let taken = 0
    while (bucket.take()) taken++
    return taken
  }
  expect(takeAll()).toBe(5_000)
  clock.advance(100)
  expect(takeAll()).toBe(1_000)
})

test(
  aws('10 claims reach a Lambda as text: lists as [a b], numbers as digits, null left out', 'http-api-jwt-authorizer'),
  async () => {
    const target = new FakeFunction()
    const http = await startHttpApi({ 'GET /me': { target, authorizer: jwt() } })
    const claims = {
      groups: ['admin', 'power user'],
      level: 7,
      verified: true,
      nothing: null,
      address: { city: 'Bern' },
    }
    expect((await fetch(`${http}/me`, { headers: await bearer(claims) })).status).toBe(200)
    expect(authorizerOf(target).jwt.claims).toMatchObject({
      sub: 'bob',
      groups: '[admin power user]',
      level: '7',
      verified: 'true',
      address: '{"city":"Bern"}',
    })
    expect(authorizerOf(target).jwt.claims).not.toHaveProperty('nothing')
  },
)

test(aws('10 scopes are null unless the route asks for some', 'http-api-jwt-authorizer'), async () => {
  const target = new FakeFunction()
  const http = await startHttpApi({
    'GET /any': { target, authorizer: jwt() },
    'GET /scoped': { target, authorizer: jwt(), scopes: ['grantwire/admin'] },
  })
  const headers = await bearer({ scope: 'openid grantwire/admin' })
  await fetch(`${http}/any`, { headers })
  expect(authorizerOf(target).jwt.scopes).toBeNull()
  await fetch(`${http}/scoped`, { headers })
  expect(authorizerOf(target).jwt.scopes).toEqual(['openid', 'grantwire/admin'])
  const refused = await fetch(`${http}/scoped`, { headers: await bearer({ scope: 'openid' }) })
  expect([refused.status, await refused.json()]).toEqual([403, { message: 'Forbidden' }])
  expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope')
})

test.each<[string, () => Promise<Record<string, string>>]>([
  ['no token', async () => ({})],
  ['an expired token', () => bearer({ exp: inSeconds(-1) })],
  ['the wrong issuer', () => bearer({ iss: 'https://elsewhere.example' })],
  ['the wrong audience', () => bearer({ aud: 'elsewhere' })],
  ['the wrong client, where there is no audience', () => bearer({ aud: undefined, client_id: 'elsewhere' })],
])(aws('10 %s is answered with 401 before any Lambda runs', 'http-api-jwt-authorizer'), async (_, headers) => {
  const target = new FakeFunction()
  const http = await startHttpApi({ 'GET /me': { target, authorizer: jwt() } })
  const answer = await fetch(`${http}/me`, { headers: await headers() })
  expect([answer.status, await answer.json()]).toEqual([401, { message: 'Unauthorized' }])
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  expect(target.events).toEqual([])
})

test(aws('14 an integration of an HTTP API has 30 s', 'http-api-quotas'), async () => {
  const clock = new ManualClock()
  const never = new FakeFunction(() => new Promise(() => undefined))
  const http = await startHttpApi({ 'GET /me': { target: never } }, { clock })
  let answered = false
  const answer = fetch(`${http}/me`).finally(() => (answered = true))
  await until(() => never.events.length === 1)
  clock.advance(29_999)
  await fetch(`${http}/elsewhere`)
  expect(answered).toBe(false)
  clock.advance(1)
  const { status, body } = await answer.then(async late => ({ status: late.status, body: await late.json() }))
  expect([status, body]).toEqual([503, { message: 'Service Unavailable' }])
})

test.each<[string, () => unknown]>([
  ['throws', () => { throw new Error('secret detail') }], // prettier-ignore
  ['answers no status', () => ({ statusCode: 'fine', body: 'x' })],
  ['answers a body that is no text', () => ({ statusCode: 200, body: { a: 1 } })],
])(aws('11 a Lambda that %s is answered with 500', 'http-api-develop-integrations-lambda'), async (_, handler) => {
  const http = await startHttpApi({ 'GET /me': { target: new FakeFunction(handler) } })
  const answer = await fetch(`${http}/me`)
  expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }])
})

test(aws('11 a request for which there is no route is answered with 404', 'http-api-develop-routes'), async () => {
  const http = await startHttpApi({ 'GET /me': { target: new FakeFunction() } })
  for (const [method, path] of [
    ['GET', '/you'],
    ['POST', '/me'],
    ['GET', '/me/'],
  ] as const) {
    // prettier-ignore
    const answer = await fetch(`${http}${path}`, { method })
    expect([answer.status, await answer.json()]).toEqual([404, { message: 'Not Found' }])
  }
})

const cors = {
  allowOrigins: ['https://app.example.com'],
  allowMethods: ['GET', 'PATCH'],
  allowHeaders: ['authorization'],
  exposeHeaders: ['etag'],
  maxAgeSeconds: 600,
  allowCredentials: false,
}
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PATCH' },
})

test(aws('18 the gateway answers a preflight itself, without a token or a route', 'http-api-cors'), async () => {
  const target = new FakeFunction()
  const http = await startHttpApi({ 'PATCH /groups/{groupId}': { target, authorizer: jwt() } }, { cors })
  const answer = await fetch(`${http}/groups/eng`, preflight('https://app.example.com'))
  expect(answer.status).toBe(204)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-methods': 'GET,PATCH',
    'access-control-allow-headers': 'authorization',
    'access-control-max-age': '600',
  })
  const other = await fetch(`${http}/groups/eng`, preflight('https://evil.example'))
  expect(other.headers.get('access-control-allow-origin')).toBeNull()
  expect(target.events).toEqual([])
})

test(aws('18 CORS headers of a Lambda are dropped, the gateway’s are on every answer', 'http-api-cors'), async () => {
  const target = new FakeFunction(() => ({
    statusCode: 200,
    headers: { 'Access-Control-Allow-Origin': '*', 'X-Own': '1' },
  }))
  const http = await startHttpApi({ 'GET /me': { target }, 'GET /closed': { target, authorizer: jwt() } }, { cors })
  const origin = 'https://app.example.com'
  const answer = await fetch(`${http}/me`, { headers: { origin } })
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(answer.headers.get('x-own')).toBe('1')
  expect((await fetch(`${http}/me`)).headers.get('access-control-allow-origin')).toBeNull()
  expect((await fetch(`${http}/closed`, { headers: { origin } })).headers.get('access-control-allow-origin')).toBe(
    origin,
  )
})

test(aws('19 an event of the HTTP API has payload format 2.0', 'http-api-develop-integrations-lambda'), async () => {
  const target = new FakeFunction()
  const http = await startHttpApi({ 'PATCH /groups/{groupId}': { target } })
  await fetch(`${http}/groups/a%20b?x=1&x=2&y=3`, {
    method: 'PATCH',
    headers: { 'X-Mixed-Case': 'v', cookie: 'a=1; b=2', 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  expect(target.events[0]).toMatchObject({
    version: '2.0',
    routeKey: 'PATCH /groups/{groupId}',
    rawPath: '/groups/a%20b',
    rawQueryString: 'x=1&x=2&y=3',
    queryStringParameters: { x: '1,2', y: '3' },
    pathParameters: { groupId: 'a b' },
    cookies: ['a=1', 'b=2'],
    headers: { 'x-mixed-case': 'v' },
    body: '{"a":1}',
    isBase64Encoded: false,
    requestContext: { stage: '$default', http: { method: 'PATCH', path: '/groups/a%20b' } },
  })
  expect(target.events[0]).not.toHaveProperty('multiValueHeaders')
})

test(aws('19 a request line and headers over 10,240 bytes are refused', 'http-api-quotas'), async () => {
  const target = new FakeFunction()
  const http = await startHttpApi({ 'GET /me': { target } })
  expect((await fetch(`${http}/me`, { headers: { 'x-large': 'x'.repeat(10_240) } })).status).toBe(431)
  expect(target.events).toEqual([])
})

test(aws('19 a body over 10 MB is refused', 'http-api-quotas'), async () => {
  const target = new FakeFunction()
  const http = await startHttpApi({ 'POST /me': { target } })
  const status = await fetch(`${http}/me`, { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) }).then(
    answer => answer.status,
    // The gateway answers and closes before it has read everything: a client may see either.
    () => 413,
  )
  expect(status).toBe(413)
  expect(target.events).toEqual([])
})
