import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { HttpApi, HttpRoute, WebSocketApi, WebSocketRoute } from '../../local/gateway/apis.ts'
import type { GatewayDependencies } from '../../local/gateway/dependencies.ts'
import { createHttpApi } from '../../local/gateway/http-api.ts'
import { TokenBucket } from '../../local/gateway/throttle.ts'
import { createWebSocketApi } from '../../local/gateway/websocket-api.ts'
import type { Invocation, LambdaFunction } from '../../local/lambda/function.ts'
import { Meter } from '../../local/billing/meter.ts'
import { systemClock } from '../../local/clock.ts'
import { TestSocket } from './local-run.ts'

/** What the tests look at of an event. */
export interface GatewayEvent {
  requestContext: Record<string, unknown>
  headers?: Record<string, string>
  [other: string]: unknown
}

/** A function whose handler a test gives. What it is invoked with is kept. */
export class FakeFunction implements LambdaFunction {
  readonly logicalId = 'Fake'
  readonly events: GatewayEvent[] = []
  readonly #handler: (event: never) => unknown

  constructor(handler: (event: never) => unknown = () => ({ statusCode: 200 })) {
    this.#handler = handler
  }

  async invoke(event: unknown): Promise<Invocation> {
    this.events.push(JSON.parse(JSON.stringify(event)) as GatewayEvent)
    try {
      return { ok: true, payload: JSON.parse(JSON.stringify((await this.#handler(event as never)) ?? null)) }
    } catch (error) {
      return { ok: false, errorType: 'Error', errorMessage: (error as Error).message }
    }
  }
}

const closing: (() => Promise<unknown>)[] = []

/** Closes everything that was started: for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

/** Has a server, or one of this listener, listen on a free port until `closeAll`. */
export async function listen(listener: RequestListener | Server): Promise<{ server: Server; origin: string }> {
  const server = typeof listener === 'function' ? createServer({ maxHeaderSize: 65_536 }, listener) : listener
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const dependencies = (own: Partial<GatewayDependencies>): GatewayDependencies => {
  const clock = own.clock ?? systemClock
  return {
    clock,
    log: () => undefined,
    bucket: new TokenBucket(clock),
    stageBucket: ({ rateLimit, burstLimit }) => new TokenBucket(clock, rateLimit, burstLimit),
    meter: new Meter(clock),
    authorizeCall: () => ({ allowed: true, principal: { kill: () => undefined } as never }),
    ...own,
  }
}

const common = { apiId: 'abc1234567', accountId: '123456789012', region: 'us-east-1' }

/** An HTTP API of these routes. */
export async function startHttpApi(
  routes: Record<string, Partial<HttpRoute> & { target: LambdaFunction }>,
  own: Partial<GatewayDependencies> & Partial<Pick<HttpApi, 'cors' | 'stage' | 'throttle'>> = {},
): Promise<string> {
  const { cors, stage = '$default', throttle, ...deps } = own
  const api: HttpApi = {
    ...common,
    stage,
    ...(cors === undefined ? {} : { cors }),
    ...(throttle === undefined ? {} : { throttle }),
    routes: Object.entries(routes).map(([routeKey, route]) => ({ routeKey, timeoutMs: 30_000, scopes: [], ...route })),
  }
  return (await listen(createHttpApi(api, dependencies(deps)))).origin
}

/** A WebSocket API of these routes, at the stage `prod`. */
export async function startWebSocketApi(
  routes: Record<string, Partial<WebSocketRoute> & { target: LambdaFunction }>,
  own: Partial<GatewayDependencies> = {},
) {
  const api: WebSocketApi = {
    ...common,
    stage: 'prod',
    routeSelectionExpression: '$request.body.event',
    routes: Object.entries(routes).map(([routeKey, route]) => ({
      routeKey,
      timeoutMs: 29_000,
      routeResponse: false,
      ...route,
    })),
  }
  const emulated = createWebSocketApi(api, dependencies(own))
  const { server, origin } = await listen(emulated.handleRequest)
  server.on('upgrade', emulated.handleUpgrade)
  closing.push(() => emulated.close())
  const url = `${origin.replace('http', 'ws')}/prod`
  return {
    url,
    managementUrl: `${origin}/prod`,
    emulated,
    connect: (protocols: string[] = [], headers: Record<string, string> = {}) =>
      new TestSocket(url, protocols, headers),
    /** An open socket, with the id that the gateway gave it. */
    async open(protocols: string[] = []): Promise<TestSocket & { id: string }> {
      const before = new Set(emulated.connections.keys())
      const socket = new TestSocket(url, protocols)
      await socket.opened
      const id = [...emulated.connections.keys()].find(key => !before.has(key)) ?? ''
      return Object.assign(socket, { id })
    },
    post: (id: string, body: string, method = 'POST') =>
      fetch(`${origin}/prod/@connections/${encodeURIComponent(id)}`, {
        method,
        ...(method === 'POST' ? { body } : {}),
      }),
  }
}

/** Waits for what has no event of its own to wait for. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !holds(); i++) await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 500 && !holds(); i++) await new Promise(resolve => setTimeout(resolve, 5))
  if (!holds()) throw new Error('what was waited for did not come')
}
