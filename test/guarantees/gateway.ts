import type { Socket } from '../../web/client/environment.ts'
import type { PostOutcome } from '../../functions/gateway/poster.ts'
import { iso } from '../../functions/core/clock.ts'
import { tokenExpired } from '../../functions/core/messages.ts'
import { answerSync } from '../../functions/steps/answer-sync.ts'
import { closeConnection } from '../../functions/steps/close-connection.ts'
import { openConnection } from '../../functions/steps/open-connection.ts'
import { renew } from '../../functions/steps/renew.ts'
import { answerMessage, readConnection, type WebSocketEvent } from '../../functions/websocket/event.ts'
import { renewMessage, syncMessage } from '../../protocol/schemas/messages.ts'
import { readClaims } from '../../web/client/token.ts'
import type { World } from './world.ts'

/** A connection as API Gateway knows it. */
export interface GatewayConnection {
  id: string
  user: string
  connectedAt: number
  /** What the authorizer said at `$connect`. */
  tokenExpiresAt: number
  /** The latest expiry that the server was shown. */
  shownExpiry: number
  /** The latest expiry that the server confirmed. */
  confirmedExpiry: number
  state: 'opening' | 'open' | 'closed'
  socket: Socket
}

/** In the first moments API Gateway can answer 410 for a connection that is open. */
const FIRST_MS = 5_000
/** As many as a broadcast tries: the next one is the queue's. */
const OUTAGE_POSTS = 5
const MAX_LIFE_MS = 2 * 3_600_000

/** The WebSocket API: routes to the product's steps, and its management API. */
export class Gateway {
  readonly connections = new Map<string, GatewayConnection>()
  readonly #world: World
  /** Posts that will fail yet, by connection. */
  readonly #outages = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  get open(): GatewayConnection[] {
    return [...this.connections.values()].filter(({ state }) => state === 'open')
  }

  /** A browser dials. */
  dial(protocols: string[]): Socket {
    const world = this.#world
    const { sub: user = '', exp = 0 } = readClaims(protocols[1]?.slice('bearer.'.length) ?? '')
    const expiresAt = exp * 1000
    const connection: GatewayConnection = {
      id: `c${this.connections.size + 1}`,
      user,
      connectedAt: world.now,
      tokenExpiresAt: expiresAt,
      shownExpiry: expiresAt,
      confirmedExpiry: expiresAt,
      state: 'opening',
      socket: {
        onopen: null,
        onmessage: null,
        onclose: null,
        send: text => world.soon(`${connection.id} sends`, () => this.#route(connection, text)),
        close: () => world.soon(`${connection.id} is left`, () => this.close(connection.id)),
      },
    }
    this.connections.set(connection.id, connection)
    world.soon(`${connection.id} dials`, () => {
      connection.connectedAt = world.now
      if (expiresAt <= world.now) return this.close(connection.id)
      world
        .invoke(`${connection.id} connect`, {}, ({ services }) => openConnection(services, connectionOf(connection)))
        .then(
          outcome => {
            if (outcome === 'dead' || connection.state === 'closed') return this.close(connection.id)
            connection.state = 'open'
            world.soon(`${connection.id} opens`, () => connection.socket.onopen?.({} as Event))
          },
          () => this.close(connection.id),
        )
    })
    return connection.socket
  }

  /** Ends a connection, whoever wanted it; `$disconnect` is best effort. */
  close(id: string): void {
    const world = this.#world
    const connection = this.connections.get(id)
    if (connection === undefined || connection.state === 'closed') return
    const wasOpen = connection.state === 'open'
    connection.state = 'closed'
    world.soon(`${id} closes`, () => connection.socket.onclose?.({} as CloseEvent))
    if (!wasOpen) return
    const times = world.faults ? ([0, 1, 1, 1, 2][world.dice.below(5)] ?? 1) : 1
    for (let time = 0; time < times; time++)
      world.soon(`${id} disconnect`, () => {
        world
          .invoke(`${id} disconnect`, {}, ({ services }) => closeConnection(services, connectionOf(connection)))
          .catch(() => undefined)
      })
  }

  /** Closes what is two hours old. */
  endOldConnections(): void {
    for (const { id, connectedAt } of this.open) if (this.#world.now >= connectedAt + MAX_LIFE_MS) this.close(id)
  }

  /**
   * `POST /@connections/{id}`.
   *
   * @param how sentAt: when it left, ms since 1970; byQueue: whether a task of the queue posts
   */
  post(id: string, text: string, { sentAt, byQueue }: { sentAt: number; byQueue: boolean }): PostOutcome {
    const { dice, faults, guarantees, now } = this.#world
    const connection = this.connections.get(id)
    if (connection?.state !== 'open') return 'gone'
    guarantees.posted(connection, text, sentAt)
    if (!faults && text.startsWith('{"event":"UserUpdated"') && this.#isOut(id, byQueue)) return 'failed'
    if (faults) {
      const fate = dice.next()
      if (fate < 0.04) return 'throttled'
      if (fate < 0.08) return 'failed'
      if (fate < 0.12) {
        this.#deliver(connection, text)
        return 'failed'
      }
      if (fate < 0.2) return 'delivered'
      if (fate < 0.24) this.#deliver(connection, text)
      else if (fate < 0.5 && now < connection.connectedAt + FIRST_MS) return 'gone'
    }
    this.#deliver(connection, text)
    return 'delivered'
  }

  /**
   * In calm weather a connection cannot be reached for five posts in a row, once. That does not begin with a task of the queue,
   * which would be handed out again only after the minute in which everybody must be right.
   */
  #isOut(id: string, byQueue: boolean): boolean {
    const left = this.#outages.get(id) ?? (!byQueue && this.#world.dice.chance(0.1) ? OUTAGE_POSTS : undefined)
    if (left === undefined) return false
    this.#outages.set(id, Math.max(0, left - 1))
    return left > 0
  }

  #deliver(connection: GatewayConnection, text: string): void {
    this.#world.soon(`${connection.id} gets ${text.slice(10, 24)}`, () => {
      if (connection.state !== 'open') return
      this.#world.guarantees.received(connection, text)
      connection.socket.onmessage?.({ data: text } as MessageEvent)
    })
  }

  #route(connection: GatewayConnection, body: string): void {
    const world = this.#world
    if (connection.state !== 'open') return
    const event = eventOf(connection, body)
    const { event: name } = JSON.parse(body) as { event: string }
    const { shownExpiry } = connection
    const isExpired = world.now >= shownExpiry
    world
      .invoke(`${connection.id} ${name}`, {}, ({ services }) =>
        name === 'sync'
          ? answerMessage(event, syncMessage, message => answerSync(services, readConnection(event), message))
          : answerMessage(event, renewMessage, async ({ token }) => {
              const tokenExpiresAt = (readClaims(token).exp ?? 0) * 1000
              connection.shownExpiry = Math.max(connection.shownExpiry, tokenExpiresAt)
              if ((await renew(services, readConnection(event), tokenExpiresAt)) === 'expired') return tokenExpired
              connection.confirmedExpiry = Math.max(connection.confirmedExpiry, tokenExpiresAt)
              return { event: 'Renewed' as const, tokenExpiresAt: iso(tokenExpiresAt) }
            }),
      )
      .then(
        answer => {
          if (answer === 'dead' || typeof answer !== 'object' || answer.body === undefined) return
          if (isExpired && connection.shownExpiry === shownExpiry && answer.body.includes('"Synced"'))
            world.guarantees.break('G4', `${connection.id} is answered after its token expired`)
          this.#deliver(connection, answer.body)
        },
        (error: unknown) => world.guarantees.break('END', `${name} threw ${String(error)}`),
      )
  }
}

const connectionOf = ({ id, user, connectedAt, tokenExpiresAt }: GatewayConnection) => ({
  connectionId: id,
  user,
  connectedAt,
  tokenExpiresAt,
})

const eventOf = (connection: GatewayConnection, body: string): WebSocketEvent => ({
  body,
  requestContext: {
    routeKey: '',
    connectionId: connection.id,
    connectedAt: connection.connectedAt,
    requestId: 'r',
    authorizer: { user: connection.user, tokenExpiresAt: String(connection.tokenExpiresAt) },
  },
})
