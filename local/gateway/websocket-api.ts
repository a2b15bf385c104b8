import type { IncomingMessage, RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import type { WebSocketApi, WebSocketRoute } from './apis.ts'
import { authorizeConnect } from './authorize-connect.ts'
import { Connection } from './connection.ts'
import type { GatewayDependencies } from './dependencies.ts'
import { limitFrames } from './frame-limit.ts'
import { headerBytes, MAX_HEADER_BYTES } from './http-api.ts'
import { newConnectionId, newRequestId } from './ids.ts'
import { invokeWithin } from './invoke-within.ts'
import { createManagement } from './management.ts'
import { connectEvent, disconnectEvent, messageEvent, type Who } from './websocket-events.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_MESSAGE_BYTES = 128 * 1024

export interface EmulatedWebSocketApi {
  /** `/{stage}/@connections/{id}`. */
  handleRequest: RequestListener
  handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Every open connection. */
  connections: ReadonlyMap<string, Connection>
  close: () => Promise<void>
}

/** A WebSocket API as the template describes it. */
export function createWebSocketApi(api: WebSocketApi, deps: GatewayDependencies): EmulatedWebSocketApi {
  const { clock, log, faults } = deps
  const connections = new Map<string, Connection>()
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    // What was agreed is what $connect answered, see below.
    handleProtocols: (_, req) => agreed.get(req) ?? false,
  })
  const agreed = new WeakMap<IncomingMessage, string>()
  const own = api.throttle && deps.stageBucket(api.throttle)
  const pending = new Set<Promise<unknown>>()
  const route = (key: string): WebSocketRoute | undefined => api.routes.find(({ routeKey }) => routeKey === key)
  const track = (work: Promise<unknown>): void => {
    pending.add(work)
    work.catch((error: unknown) => log(`WebSocket API: ${String(error)}`)).finally(() => pending.delete(work))
  }

  /** Everything before the socket opens: throttle, authorizer, `$connect`. Gives what to refuse with, or who it is. */
  async function admit(
    req: IncomingMessage,
  ): Promise<{ status: number; message: string } | { who: Who; protocol?: string }> {
    const path = (req.url ?? '').split('?')[0] ?? ''
    if (path.replace(/\/$/, '') !== `/${api.stage}`) return { status: 403, message: 'Forbidden' }
    // The page of WebSocket APIs names no limit of its own: that of every other API is taken.
    if (headerBytes(req) > MAX_HEADER_BYTES) return { status: 431, message: 'Request Header Fields Too Large' }
    if (!deps.bucket.take() || own?.take() === false) return { status: 429, message: 'Too Many Requests' }
    const userAgent = req.headers['user-agent'] ?? ''
    const sourceIp = req.socket.remoteAddress ?? '127.0.0.1'
    const who: Who = { id: newConnectionId(), connectedAt: clock.now(), sourceIp, userAgent, authorizer: undefined }
    const connect = route('$connect')
    if (connect === undefined) return { who }
    if (connect.authorizer !== undefined) {
      const verdict = await authorizeConnect(api, connect.authorizer, who, req, clock)
      if (!verdict.ok) return verdict
      who.authorizer = verdict.context
    }
    const event = connectEvent(api, who, req, clock.now())
    const result = await invokeWithin(clock, connect.timeoutMs, connect.target, event, () => !req.socket.destroyed)
    if (result === 'timed out') return { status: 504, message: 'Endpoint request timed out' }
    if (!result.ok) return { status: 502, message: 'Internal server error' }
    const { statusCode, headers = {} } = (result.payload ?? {}) as {
      statusCode?: unknown
      headers?: Record<string, string>
    }
    if (typeof statusCode !== 'number') return { status: 502, message: 'Internal server error' }
    if (statusCode < 200 || statusCode > 299) return { status: statusCode, message: 'Forbidden' }
    const protocol = Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1]
    return { who, ...(protocol === undefined ? {} : { protocol }) }
  }

  function open(socket: WebSocket, who: Who): void {
    const connection = new Connection(socket, clock, who)
    connections.set(who.id, connection)
    deps.meter.connectionOpened(who.id)
    limitFrames(socket)
    socket.on('message', (data, isBinary) => {
      if (faults?.decide({ event: 'frame', connection: who.id })?.fault === 'cut') return connection.cut()
      connection.touch()
      if (isBinary) return socket.close(1003, 'Binary is not supported')
      track(receive(connection, who, textOf(data)))
    })
    // A frame or message that is too large: ws closes with 1009 by itself.
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => {
      connections.delete(who.id)
      deps.meter.connectionClosed(who.id)
      track(announceClose(who, code, reason.toString()))
    })
  }

  async function receive(connection: Connection, who: Who, body: string): Promise<void> {
    const say = (text: string): void => {
      deps.meter.message('answered', Buffer.byteLength(text))
      connection.send(text)
    }
    const failure = (message: string): void =>
      say(JSON.stringify({ message, connectionId: who.id, requestId: newRequestId() }))
    deps.meter.message('received', Buffer.byteLength(body))
    if (!deps.bucket.take() || own?.take() === false) return failure('Too Many Requests')
    const selected = route(selectRoute(api.routeSelectionExpression, body) ?? '$default') ?? route('$default')
    if (selected === undefined) return failure('Forbidden')
    const event = messageEvent(api, who, selected.routeKey, body, clock.now())
    const result = await invokeWithin(clock, selected.timeoutMs, selected.target, event, () => connection.isOpen)
    if (!connection.isOpen) return
    if (result === 'timed out') return failure('Endpoint request timed out')
    if (!result.ok) return failure('Internal server error')
    const answer = (result.payload as { body?: unknown } | null)?.body
    // Without a route response the body goes nowhere.
    if (selected.routeResponse && typeof answer === 'string') say(answer)
  }

  async function announceClose(who: Who, code: number, reason: string): Promise<void> {
    const disconnect = route('$disconnect')
    const verdict = faults?.decide({ event: '$disconnect', connection: who.id })
    if (disconnect === undefined || verdict?.fault === 'drop') return
    await verdict?.wait()
    const event = disconnectEvent(api, who, code, reason, clock.now())
    for (let i = 0; i < (verdict?.fault === 'twice' ? 2 : 1); i++) await disconnect.target.invoke(event)
  }

  return {
    connections,
    handleRequest: createManagement(api, connections, deps),
    handleUpgrade(req, socket, head) {
      socket.on('error', () => undefined)
      track(
        admit(req).then(result => {
          if ('status' in result) return refuse(socket, result.status, result.message)
          if (socket.destroyed) return announceClose(result.who, 1006, 'Connection closed abnormally')
          if (result.protocol !== undefined) agreed.set(req, result.protocol)
          server.handleUpgrade(req, socket, head, opened => open(opened, result.who))
          return undefined
        }),
      )
    },
    async close() {
      for (const connection of connections.values()) connection.cut()
      server.close()
      while (pending.size > 0) await Promise.allSettled(pending)
    },
  }
}

/** Refuses an upgrade as HTTP: no socket ever opens. */
function refuse(socket: Duplex, status: number, message: string): undefined {
  const body = JSON.stringify({ message })
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `x-amzn-RequestId: ${newRequestId()}\r\nConnection: close\r\n\r\n${body}`,
  )
  return undefined
}

/** `$request.body.event` and the like: a path into a JSON message. Undefined where the message is no JSON or has no such text. */
function selectRoute(expression: string, body: string): string | undefined {
  const path = /^\$request\.body\.(.+)$/.exec(expression)?.[1]?.split('.')
  if (path === undefined) throw new Error(`The local run does not know the route selection expression ${expression}.`)
  try {
    let value: unknown = JSON.parse(body)
    for (const key of path)
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data).toString()
