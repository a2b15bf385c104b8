import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { afterEach, expect, test } from 'vitest'
import { TokenBucket } from '../../local/gateway/throttle.ts'
import { Faults } from '../../local/faults/faults.ts'
import type { RuleInput } from '../../local/faults/plan.ts'
import { closeAll, FakeFunction, startWebSocketApi, until } from '../support/gateway.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { aws } from './source.ts'

afterEach(closeAll)

const source = 'route.request.header.Sec-WebSocket-Protocol'
const policy = (Effect: string, context?: object) => ({
  principalId: 'bob',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: '*' }] },
  ...(context === undefined ? {} : { context }),
})
const authorizer = (target: FakeFunction) => ({ type: 'REQUEST' as const, target, identitySource: [source] })
const client = (endpoint: string) =>
  new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  })

test(
  aws(
    '1 a missing identity source refuses the upgrade with 401 and runs nothing',
    'apigateway-websocket-api-lambda-auth',
  ),
  async () => {
    const target = new FakeFunction(() => policy('Allow'))
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction(), authorizer: authorizer(target) } })
    await expect(api.connect().opened).rejects.toThrow('401')
    expect(target.events).toEqual([])
  },
)

test.each<[string, () => unknown, string]>([
  [
    'Unauthorized',
    () => {
      throw new Error('Unauthorized')
    },
    '401',
  ],
  ['a deny', () => policy('Deny'), '403'],
  [
    'any other failure',
    () => {
      throw new Error('database is down')
    },
    '500',
  ],
  ['no policy', () => ({ principalId: 'bob' }), '500'],
  ['a nested context', () => policy('Allow', { user: { name: 'bob' } }), '500'],
  ['more than 8 KB', () => policy('Allow', { text: 'x'.repeat(8 * 1024) }), '500'],
])(
  aws('1 an authorizer that answers with %s refuses the upgrade as HTTP', 'apigateway-websocket-api-lambda-auth'),
  async (_, answer, status) => {
    const connect = new FakeFunction()
    const api = await startWebSocketApi({
      $connect: { target: connect, authorizer: authorizer(new FakeFunction(answer)) },
    })
    await expect(api.connect(['a']).opened).rejects.toThrow(status)
    expect(connect.events).toEqual([])
  },
)

test.each<[string, () => unknown, string]>([
  ['a status that is no success', () => ({ statusCode: 403 }), '403'],
  ['no status', () => ({}), '502'],
  [
    'an error',
    () => {
      throw new Error('boom')
    },
    '502',
  ],
])(
  aws('1 a $connect that ends with %s opens nothing', 'apigateway-websocket-api-route-keys-connect-disconnect'),
  async (_, answer, status) => {
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction(answer) } })
    await expect(api.connect().opened).rejects.toThrow(status)
    expect(api.emulated.connections.size).toBe(0)
  },
)

test(
  aws(
    '2 a connection cannot be posted to until $connect has answered',
    'apigateway-websocket-api-route-keys-connect-disconnect',
  ),
  async () => {
    const statuses: number[] = []
    const api = await startWebSocketApi({
      $connect: {
        target: new FakeFunction(async (event: { requestContext: { connectionId: string } }) => {
          statuses.push((await api.post(event.requestContext.connectionId, 'early')).status)
          return { statusCode: 200 }
        }),
      },
    })
    await api.connect().opened
    expect(statuses).toEqual([410])
  },
)

test(
  aws(
    '3 POST, GET and DELETE /{stage}/@connections/{id}, with the id encoded',
    'apigateway-how-to-call-websocket-api-connections',
  ),
  async () => {
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction() } })
    const socket = await api.open()
    const sdk = client(api.managementUrl)
    await sdk.send(new PostToConnectionCommand({ ConnectionId: socket.id, Data: '{"event":"Hello"}' }))
    expect(await socket.next()).toEqual({ event: 'Hello' })
    expect(socket.id).toMatch(/=$/)

    const answer = await api.post(socket.id, '{}')
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    const status = await sdk.send(new GetConnectionCommand({ ConnectionId: socket.id }))
    expect(status.ConnectedAt).toBeInstanceOf(Date)
    expect(status.Identity?.SourceIp).toMatch(/127\.0\.0\.1/)
    expect(status.LastActiveAt).toBeInstanceOf(Date)

    await sdk.send(new DeleteConnectionCommand({ ConnectionId: socket.id }))
    await socket.closed
    await expect(sdk.send(new GetConnectionCommand({ ConnectionId: socket.id }))).rejects.toBeInstanceOf(GoneException)
  },
)

test(
  aws(
    '4 errors carry their type in a header, so that the SDK knows them',
    'apigateway-how-to-call-websocket-api-connections',
  ),
  async () => {
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction() } })
    const { id } = await api.open()
    const type = async (answer: Promise<Response>) => [
      (await answer).status,
      (await answer).headers.get('x-amzn-errortype'),
    ]
    expect(await type(api.post('R0oXAdfD0kwCH6w=', 'x'))).toEqual([410, 'GoneException'])
    expect(await type(api.post('not an id', 'x'))).toEqual([400, 'BadRequestException'])
    expect(await type(api.post(id, 'x'.repeat(128 * 1024 + 1)))).toEqual([413, 'PayloadTooLargeException'])
    // A wrong stage: it looks like a missing right, and is none.
    expect(
      await type(fetch(`${api.managementUrl.replace('prod', 'dev')}/@connections/${id}`, { method: 'POST' })),
    ).toEqual([403, 'ForbiddenException'])
  },
)

test(aws('5 posts, messages and connects share one token bucket', 'limits'), async () => {
  const clock = new ManualClock()
  const bucket = new TokenBucket(clock, 1, 3)
  const api = await startWebSocketApi(
    {
      $connect: { target: new FakeFunction() },
      $default: { target: new FakeFunction(() => ({ body: '{}' })), routeResponse: true },
    },
    { clock, bucket },
  )
  const socket = await api.open()
  socket.send('hello')
  await socket.next()
  expect((await api.post(socket.id, '{}')).status).toBe(200)
  const refused = await api.post(socket.id, '{}')
  expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([429, 'LimitExceededException'])
  await expect(api.connect().opened).rejects.toThrow('429')
  clock.advance(1_000)
  expect((await api.post(socket.id, '{}')).status).toBe(200)
})

test(aws('6 a frame over 32 KiB closes with 1009', 'apigateway-execution-service-websocket-limits-table'), async () => {
  const received = new FakeFunction()
  const api = await startWebSocketApi({ $connect: { target: new FakeFunction() }, $default: { target: received } })
  const exact = await api.open()
  exact.send('x'.repeat(32 * 1024))
  const over = await api.open()
  over.send('x'.repeat(32 * 1024 + 1))
  expect((await over.closed).code).toBe(1009)
  expect(received.events.map(event => (event['body'] as string).length)).toEqual([32 * 1024])
})

test(
  aws(
    '6 a message over 128 KiB in small frames closes with 1009',
    'apigateway-execution-service-websocket-limits-table',
  ),
  async () => {
    const api = await startWebSocketApi({
      $connect: { target: new FakeFunction() },
      $default: { target: new FakeFunction() },
    })
    const { socket, closed } = await api.open()
    for (let i = 0; i < 6; i++) socket.send('x'.repeat(30 * 1024), { fin: i === 5 })
    expect((await closed).code).toBe(1009)
  },
)

test(aws('6 a binary frame closes with 1003', 'websocket-api-develop-binary-media-types'), async () => {
  const api = await startWebSocketApi({
    $connect: { target: new FakeFunction() },
    $default: { target: new FakeFunction() },
  })
  const { socket, closed } = await api.open()
  socket.send(Buffer.from([1]))
  expect((await closed).code).toBe(1003)
})

test(
  aws(
    '7 ten idle minutes close a connection, a message begins them anew',
    'apigateway-execution-service-websocket-limits-table',
  ),
  async () => {
    const clock = new ManualClock()
    const answer = new FakeFunction(() => ({ body: '{}' }))
    const api = await startWebSocketApi(
      { $connect: { target: new FakeFunction() }, $default: { target: answer, routeResponse: true } },
      { clock },
    )
    const socket = await api.open()
    clock.advance(9 * 60_000)
    socket.send('still here')
    await socket.next()
    clock.advance(9 * 60_000)
    expect(api.emulated.connections.size).toBe(1)
    clock.advance(60_000)
    expect((await socket.closed).code).toBe(1001)
  },
)

test(aws('7 two hours close every connection', 'apigateway-execution-service-websocket-limits-table'), async () => {
  const clock = new ManualClock()
  const api = await startWebSocketApi({ $connect: { target: new FakeFunction() } }, { clock })
  const socket = await api.open()
  for (let minutes = 0; minutes < 119; minutes++) {
    clock.advance(60_000)
    expect((await api.post(socket.id, '{}')).status).toBe(200)
  }
  clock.advance(60_000)
  expect((await socket.closed).code).toBe(1001)
})

test(
  aws(
    '8 $disconnect runs when the client closes, when the line is cut, and when the server closes',
    'websocket-api-develop-routes',
  ),
  async () => {
    const disconnect = new FakeFunction()
    const api = await startWebSocketApi({
      $connect: { target: new FakeFunction() },
      $disconnect: { target: disconnect },
    })
    const polite = await api.open()
    polite.socket.close(4001, 'bye')
    await until(() => disconnect.events.length === 1)
    expect(disconnect.events[0]?.requestContext).toMatchObject({
      eventType: 'DISCONNECT',
      routeKey: '$disconnect',
      disconnectStatusCode: 4001,
      disconnectReason: 'bye',
    })
    const cut = await api.open()
    cut.terminate()
    await until(() => disconnect.events.length === 2)
    expect(disconnect.events[1]?.requestContext).toMatchObject({ disconnectStatusCode: 1006 })
    const removed = await api.open()
    await api.post(removed.id, '', 'DELETE')
    await until(() => disconnect.events.length === 3)
    expect(disconnect.events[2]?.requestContext).toMatchObject({ connectionId: removed.id })
  },
)

test(
  aws(
    '8 $disconnect is best effort: late, twice or never on request',
    'apigateway-websocket-api-route-keys-connect-disconnect',
  ),
  async () => {
    const clock = new ManualClock()
    const disconnect = new FakeFunction()
    const rules: RuleInput[] = [
      { on: '$disconnect', fault: 'drop', at: 1 },
      { on: '$disconnect', fault: 'twice', at: 2 },
      { on: '$disconnect', latencyMs: 60_000, at: 3 },
    ]
    const faults = new Faults({ rules }, { clock })
    const api = await startWebSocketApi(
      { $connect: { target: new FakeFunction() }, $disconnect: { target: disconnect } },
      { clock, faults },
    )
    for (const [index, expected] of [0, 2, 2].entries()) {
      const socket = await api.open()
      socket.terminate()
      await until(() => faults.counts()[index]?.happened === 1 && disconnect.events.length >= expected)
      expect(disconnect.events).toHaveLength(expected)
    }
    clock.advance(60_000)
    await until(() => disconnect.events.length === 3)
  },
)

test(
  aws('9 the authorizer’s context comes as text with every event', 'apigateway-websocket-api-lambda-auth'),
  async () => {
    const allow = new FakeFunction(() => policy('Allow', { user: 'bob', number: 7, yes: true }))
    const connect = new FakeFunction(() => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'a' } }))
    const [message, disconnect] = [new FakeFunction(), new FakeFunction()]
    const api = await startWebSocketApi({
      $connect: { target: connect, authorizer: authorizer(allow) },
      $default: { target: message },
      $disconnect: { target: disconnect },
    })
    const socket = await api.open(['a'])
    socket.send('hello')
    await until(() => message.events.length === 1)
    socket.terminate()
    await until(() => disconnect.events.length === 1)
    for (const { events } of [connect, message, disconnect])
      expect(events[0]?.requestContext['authorizer']).toMatchObject({
        principalId: 'bob',
        user: 'bob',
        number: '7',
        yes: 'true',
      })
    expect(allow.events[0]).toMatchObject({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/$connect',
    })
  },
)

test(
  aws('9 only CONNECT has headers, in the case in which they were sent', 'websocket-api-develop-routes'),
  async () => {
    const [connect, message] = [new FakeFunction(), new FakeFunction()]
    const api = await startWebSocketApi({ $connect: { target: connect }, $default: { target: message } })
    const socket = api.connect([], { 'X-My-Header': 'value' })
    await socket.opened
    socket.send('hello')
    await until(() => message.events.length === 1)
    expect(connect.events[0]?.headers).toHaveProperty('X-My-Header', 'value')
    expect(connect.events[0]).toHaveProperty('multiValueHeaders')
    expect(message.events[0]).not.toHaveProperty('headers')
    expect(message.events[0]).toMatchObject({
      body: 'hello',
      isBase64Encoded: false,
      requestContext: { eventType: 'MESSAGE', messageDirection: 'IN' },
    })
  },
)

test(
  aws('11 a message for which there is no route is answered with Forbidden', 'websocket-api-develop-routes'),
  async () => {
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction() } })
    const socket = await api.open()
    socket.send({ event: 'unknown' })
    expect(await socket.next()).toMatchObject({ message: 'Forbidden', connectionId: socket.id })
  },
)

test(
  aws('11 a Lambda that fails is answered with Internal server error', 'apigateway-websocket-api-route-response'),
  async () => {
    const fails = new FakeFunction(() => {
      throw new Error('secret detail')
    })
    const api = await startWebSocketApi({ $connect: { target: new FakeFunction() }, $default: { target: fails } })
    const socket = await api.open()
    socket.send('x')
    const answer = await socket.next()
    expect(answer).toMatchObject({ message: 'Internal server error', connectionId: socket.id })
    expect(JSON.stringify(answer)).not.toContain('secret')
  },
)

test(
  aws('11 the body of a Lambda goes back only with a route response', 'apigateway-websocket-api-route-response'),
  async () => {
    const answers = new FakeFunction(() => ({ statusCode: 200, body: '{"answer":1}' }))
    const api = await startWebSocketApi({
      $connect: { target: new FakeFunction() },
      silent: { target: answers },
      spoken: { target: answers, routeResponse: true },
    })
    const socket = await api.open()
    socket.send({ event: 'silent' })
    await until(() => answers.events.length === 1)
    socket.send({ event: 'spoken' })
    expect(await socket.next()).toEqual({ answer: 1 })
    expect(socket.received).toEqual([])
  },
)

test(
  aws('12 a subprotocol is accepted only if $connect returned it', 'websocket-connect-route-subprotocol'),
  async () => {
    const echo = await startWebSocketApi({
      $connect: { target: new FakeFunction(() => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'b' } })) },
    })
    expect((await echo.open(['a', 'b'])).socket.protocol).toBe('b')
    const mute = await startWebSocketApi({ $connect: { target: new FakeFunction() } })
    // A client that asked for one and got none gives up.
    await expect(mute.connect(['a', 'b']).opened).rejects.toThrow(/subprotocol/i)
  },
)

test(
  aws('14 an integration of a WebSocket API has 29 s', 'apigateway-execution-service-websocket-limits-table'),
  async () => {
    const clock = new ManualClock()
    const never = new FakeFunction(() => new Promise(() => undefined))
    const api = await startWebSocketApi(
      { $connect: { target: new FakeFunction() }, $default: { target: never } },
      { clock },
    )
    const socket = await api.open()
    socket.send('x')
    await until(() => never.events.length === 1)
    clock.advance(28_999)
    expect(socket.received).toEqual([])
    clock.advance(1)
    expect(await socket.next()).toMatchObject({ message: 'Endpoint request timed out' })
  },
)
