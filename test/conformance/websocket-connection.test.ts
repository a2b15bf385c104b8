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

const client = (endpoint: string) =>
  new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  })

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
