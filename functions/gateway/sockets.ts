import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readAnswer, type Answer } from './answer.ts'

export interface SocketsOptions {
  /** Scheme, host and port. */
  url: URL
  /** Sockets at most. They are opened as they are needed and kept. */
  most: number
  /** How long one request may take in all, waiting for a socket included, ms. */
  timeoutMs: number
  now: () => number
}

/** A request under way. */
interface Exchange {
  /** One character a byte (latin1): sockets take such a text faster than pieces of bytes. */
  readonly request: string
  /** Ends it: with the status of the answer, or 0 where none came. Only the first call counts. */
  readonly end: (status: number) => void
  over: boolean
  line: Line | undefined
}

/** A younger socket is taken to be alive. Longer than any pause between the posts of a broadcast, shorter than API Gateway waits. */
const KEPT_MS = 50_000

/**
 * Kept HTTP/1.1 sockets to one host, one request at a time on each: what a post needs of HTTP, and no more. undici takes
 * more CPU for each post, and as long to load as the rest of a Lambda does (docs/decisions/0003-own-poster.md).
 */
export class Sockets {
  readonly #options: SocketsOptions
  /** The one used last comes first: what is not needed stays unused and ends. */
  readonly #idle: Line[] = []
  readonly #lines = new Set<Line>()
  readonly #waiting: Exchange[] = []
  /** Of the newest TLS handshake: the next one is resumed, at a fraction of its cost. */
  #session: Buffer | undefined
  #closed = false

  constructor(options: SocketsOptions) {
    this.#options = options
  }

  /**
   * Sends a request. Where a kept socket turns out to be dead it is sent once more on a new one, since sockets die unseen
   * while a Lambda is frozen.
   *
   * @returns the status of the answer, or 0 where none came: broken, closed, not HTTP, or not in time
   */
  send(request: string): Promise<number> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        exchange.end(0)
        exchange.line?.socket.destroy()
      }, this.#options.timeoutMs)
      const exchange: Exchange = {
        request,
        over: false,
        line: undefined,
        end: status => {
          exchange.over = true
          clearTimeout(timer)
          resolve(status)
        },
      }
      const line = this.#kept()
      if (line !== undefined) line.start(exchange)
      else if (this.#lines.size < this.#options.most) this.#open().start(exchange)
      else this.#waiting.push(exchange)
    })
  }

  /** Sockets that are open and free. */
  get kept(): number {
    const oldest = this.#options.now() - KEPT_MS
    return this.#idle.filter(line => line.freeSince > oldest).length
  }

  /** Closes every socket; requests under way, and those that wait, end without an answer. */
  close(): void {
    this.#closed = true
    for (const exchange of this.#waiting.splice(0)) exchange.end(0)
    for (const line of this.#lines) line.socket.destroy()
  }

  #kept(): Line | undefined {
    for (let line = this.#idle.pop(); line !== undefined; line = this.#idle.pop()) {
      if (this.#options.now() - line.freeSince < KEPT_MS) return line
      line.socket.destroy()
    }
    return undefined
  }

  #connect(): Socket {
    const { hostname, port, protocol } = this.#options.url
    // Bare of the brackets that a URL puts around an IPv6 address.
    const host = hostname.replace(/^\[|\]$/g, '')
    if (protocol === 'http:') return connect({ host, port: Number(port) || 80 }).setNoDelay(true)
    return connectTls({
      host,
      port: Number(port) || 443,
      ALPNProtocols: ['http/1.1'],
      // RFC 6066: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    })
      .setNoDelay(true)
      .on('session', (newest: Buffer) => void (this.#session = newest))
  }

  #open(): Line {
    const line = new Line(this.#connect(), {
      free: () => {
        line.freeSince = this.#options.now()
        const next = this.#nextWaiting()
        if (next === undefined) this.#idle.push(line)
        else line.start(next)
      },
      closed: again => {
        this.#lines.delete(line)
        const unused = this.#idle.indexOf(line)
        if (unused >= 0) this.#idle.splice(unused, 1)
        const next = again ?? this.#nextWaiting()
        if (next === undefined) return
        if (this.#closed) next.end(0)
        else this.#open().start(next)
      },
    })
    this.#lines.add(line)
    return line
  }

  #nextWaiting(): Exchange | undefined {
    let next = this.#waiting.shift()
    while (next?.over === true) next = this.#waiting.shift()
    return next
  }
}

interface LineEvents {
  /** The answer is whole, and the socket good for another request. */
  free: () => void
  /** The socket is closed. @param again a request that it was given but died before */
  closed: (again: Exchange | undefined) => void
}

/** One socket. */
class Line {
  readonly socket: Socket
  freeSince = -Infinity
  readonly #events: LineEvents
  #exchange: Exchange | undefined
  #arrived = ''
  #answers = 0

  constructor(socket: Socket, events: LineEvents) {
    this.socket = socket
    this.#events = events
    socket
      .on('data', (data: Buffer) => this.#read(data))
      // 'close' follows, and that is where it counts.
      .on('error', () => undefined)
      .on('close', () => this.#closed())
  }

  start(exchange: Exchange): void {
    exchange.line = this
    this.#exchange = exchange
    this.#arrived = ''
    this.socket.write(exchange.request, 'latin1')
  }

  #read(data: Buffer): void {
    this.#arrived += data.toString('latin1')
    const answer = this.#exchange && this.#answer(false)
    if (answer === undefined) {
      if (this.#exchange === undefined) this.socket.destroy()
      return
    }
    this.#answers++
    this.#end(answer.status)
    if (answer.keeps) this.#events.free()
    else this.socket.destroy()
  }

  /** The answer that has arrived; undefined while it is not whole. What is no answer ends the socket. */
  #answer(ended: boolean): Answer | undefined {
    try {
      return readAnswer(this.#arrived, ended)
    } catch {
      this.socket.destroy()
      return undefined
    }
  }

  #end(status: number): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.end(status)
  }

  #closed(): void {
    const exchange = this.#exchange
    const answer = exchange && this.#answer(true)
    // It had died before: the other side never saw this request, or never began to answer it.
    const again = exchange?.over === false && this.#answers > 0 && this.#arrived === '' ? exchange : undefined
    if (again === undefined) this.#end(answer?.status ?? 0)
    else again.line = undefined
    this.#events.closed(again)
  }
}
