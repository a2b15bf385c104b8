import type { Clock } from '../clock.ts'
import type { WebSocket } from 'ws'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const IDLE_MS = 10 * 60_000
const LIFE_MS = 2 * 60 * 60_000

/** An open WebSocket connection: who it is, and how long it may stay. */
export class Connection {
  readonly id: string
  readonly connectedAt: number
  readonly sourceIp: string
  readonly userAgent: string
  /** The context that the authorizer gave, each value as text; undefined without an authorizer. */
  readonly authorizer: Record<string, string> | undefined
  lastActiveAt: number
  readonly #socket: WebSocket
  readonly #clock: Clock
  #cancelIdle: () => void
  readonly #cancelLife: () => void

  constructor(
    socket: WebSocket,
    clock: Clock,
    who: {
      id: string
      sourceIp: string
      userAgent: string
      authorizer: Record<string, string> | undefined
      connectedAt: number
    },
  ) {
    this.id = who.id
    this.sourceIp = who.sourceIp
    this.userAgent = who.userAgent
    this.authorizer = who.authorizer
    this.connectedAt = who.connectedAt
    this.lastActiveAt = clock.now()
    this.#socket = socket
    this.#clock = clock
    this.#cancelIdle = clock.after(IDLE_MS, () => socket.close(1001, 'Going away'))
    this.#cancelLife = clock.after(LIFE_MS, () => socket.close(1001, 'Going away'))
    socket.on('close', () => {
      this.#cancelIdle()
      this.#cancelLife()
    })
  }

  /** Something was said, either way: the idle time begins anew. */
  touch(): void {
    this.lastActiveAt = this.#clock.now()
    this.#cancelIdle()
    this.#cancelIdle = this.#clock.after(IDLE_MS, () => this.#socket.close(1001, 'Going away'))
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  send(data: string | Buffer): void {
    this.touch()
    this.#socket.send(data, { binary: false })
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** Cuts the line without a word, as a lost network does. */
  cut(): void {
    this.#socket.terminate()
  }
}
