import { afterEach, expect, test } from 'vitest'
import { closeAll, FakeFunction, startWebSocketApi, until } from '../support/gateway.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { aws } from './source.ts'

afterEach(closeAll)

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
