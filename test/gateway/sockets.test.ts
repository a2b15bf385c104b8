import { afterEach, expect, test } from 'vitest'
import { payloadOf } from '../../functions/gateway/payload.ts'
import { HttpPoster } from '../../functions/gateway/poster.ts'
import { Sockets, type SocketsOptions } from '../../functions/gateway/sockets.ts'
import { answer, startGatewayServer, type Behaviour } from './support/gateway-server.ts'

const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function start(behave: Behaviour, options: Partial<SocketsOptions> = {}) {
  const server = await startGatewayServer(behave)
  const sockets = new Sockets({ url: new URL(server.url), most: 4, timeoutMs: 2_000, now: Date.now, ...options })
  open.push(server, { close: () => sockets.close() })
  return { server, send: () => sockets.send('POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi'), sockets }
}

const ok: Behaviour = socket => socket.write(answer(200))

test('requests one after the other share one socket', async () => {
  const { server, send } = await start(ok)
  for (let i = 0; i < 5; i++) expect(await send()).toBe(200)
  expect(server.opened()).toBe(1)
})

test('many at once open as many sockets as are allowed, and everybody is served', async () => {
  const { server, send } = await start(socket => setTimeout(() => socket.write(answer(200)), 1))
  const statuses = await Promise.all(Array.from({ length: 100 }, send))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(server.opened()).toBe(4)
  expect(server.received).toHaveLength(100)
})

test('a socket that died while it was kept costs no request: it is sent again on a new one', async () => {
  const { server, send } = await start((socket, request) => {
    const first = server.received.filter(each => each.socket === request.socket).length === 1
    if (first) ok(socket, request)
    else socket.resetAndDestroy()
  })
  for (let i = 0; i < 3; i++) expect(await send()).toBe(200)
  expect(server.received.map(each => each.socket)).toEqual([1, 1, 2, 2, 3])
})

test('but a request that dies on a new socket has failed, and one whose answer had begun', async () => {
  const { server, send } = await start(socket => socket.resetAndDestroy())
  expect(await send()).toBe(0)
  expect(server.received).toHaveLength(1)
  let answered = 0
  const second = await start((socket, request) => {
    if (++answered === 1) ok(socket, request)
    else socket.write('HTTP/1.1 2', () => socket.resetAndDestroy())
  })
  expect([await second.send(), await second.send()]).toEqual([200, 0])
  expect(second.server.received).toHaveLength(2)
})

test('those that are open, free and young are counted as kept, and a poster says so', async () => {
  let now = 0
  const { server, send, sockets } = await start(ok, { now: () => now })
  const underWay = [send(), send(), send()]
  expect(sockets.kept).toBe(0)
  await Promise.all(underWay)
  expect(sockets.kept).toBe(3)
  now += 51_000
  expect(sockets.kept).toBe(0)

  const credentials = () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' })
  const poster = new HttpPoster({ url: server.url, region: 'us-east-1', credentials })
  open.push(poster)
  await Promise.all(['a', 'b'].map(id => poster.post(id, payloadOf({}))))
  expect(poster.kept).toBe(2)
})

test('a socket that was unused for long is not trusted', async () => {
  let now = 0
  const { server, send } = await start(ok, { now: () => now })
  await send()
  now += 49_000
  await send()
  expect(server.opened()).toBe(1)
  now += 51_000
  await send()
  expect(server.opened()).toBe(2)
})

test('a request that is not answered in time ends, its socket with it, and the next one gets another', async () => {
  const { server, send } = await start(
    (socket, request) => {
      if (request.socket > 1) ok(socket, request)
    },
    { timeoutMs: 30 },
  )
  expect(await send()).toBe(0)
  expect(await send()).toBe(200)
  expect(server.received.map(each => each.socket)).toEqual([1, 2])
  await expect.poll(server.open).toBe(1)
})

test('the time counts from when it was asked for: who waits for a socket in vain has failed in time', async () => {
  const { send } = await start(() => undefined, { most: 1, timeoutMs: 600 })
  const started = performance.now()
  expect(await Promise.all([send(), send(), send()])).toEqual([0, 0, 0])
  // Counted from when there is a socket, the second would take 1,200 ms.
  expect(performance.now() - started).toBeLessThan(1_100)
})

test('what comes unasked ends the socket', async () => {
  const { server, send } = await start(socket => {
    socket.write(answer(200))
    setTimeout(() => socket.write(answer(200)), 1)
  })
  await send()
  await expect.poll(server.open).toBe(0)
  expect(await send()).toBe(200)
})

test('closing ends requests under way and those that wait', async () => {
  const { send, sockets } = await start(() => undefined, { most: 1 })
  const pending = Promise.all([send(), send()])
  sockets.close()
  expect(await pending).toEqual([0, 0])
})
