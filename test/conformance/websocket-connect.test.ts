import { afterEach, expect, test } from 'vitest'
import { closeAll, FakeFunction, startWebSocketApi, until } from '../support/gateway.ts'
import { aws } from './source.ts'

afterEach(closeAll)

const source = 'route.request.header.Sec-WebSocket-Protocol'
const policy = (Effect: string, context?: object) => ({
  principalId: 'bob',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: '*' }] },
  ...(context === undefined ? {} : { context }),
})
const authorizer = (target: FakeFunction) => ({ type: 'REQUEST' as const, target, identitySource: [source] })

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
