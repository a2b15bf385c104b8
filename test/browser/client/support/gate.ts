import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/**
 * The way from the page to one of the APIs, with a gate in it. `open`: everything passes. `refuse`: no connection comes up, as
 * where the server is down or a proxy forbids it. `swallow`: connections hold and nothing passes, as where the network is gone.
 */
export type GateState = 'open' | 'refuse' | 'swallow'

export class Gate {
  state: GateState = 'open'
  readonly #server: Server
  readonly #target: URL
  readonly #origin: string
  readonly #tunnels = new Set<[Socket, Socket]>()

  /** @param origin in whose name the page asks: the APIs take requests of the console only */
  constructor(target: string, origin: string) {
    this.#target = new URL(target)
    this.#origin = origin
    this.#server = createServer((incoming, outgoing) => {
      if (this.state !== 'open') return void outgoing.socket?.destroy()
      const { host, hostname, port } = this.#target
      const forwarded = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers: { ...this.#headers(incoming), host } },
        answer => {
          outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'access-control-allow-origin': '*' })
          answer.pipe(outgoing)
        },
      )
      forwarded.on('error', () => outgoing.destroy())
      incoming.pipe(forwarded)
    })
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => this.#tunnel(incoming, socket))
  }

  #headers(incoming: IncomingMessage): IncomingMessage['headers'] {
    return { ...incoming.headers, ...(incoming.headers.origin !== undefined && { origin: this.#origin }) }
  }

  #tunnel(incoming: IncomingMessage, near: Socket): void {
    near.on('error', () => undefined)
    if (this.state === 'refuse') return void near.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    if (this.state === 'swallow') return
    const far = connect(Number(this.#target.port), this.#target.hostname)
    const pair: [Socket, Socket] = [near, far]
    this.#tunnels.add(pair)
    const headers = Object.entries({ ...this.#headers(incoming), host: this.#target.host })
    far.write(
      `GET ${incoming.url ?? '/'} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${String(value)}`).join('\r\n')}\r\n\r\n`,
    )
    for (const [from, to] of [pair, [far, near]] as [Socket, Socket][]) {
      from.on('data', data => {
        if (this.state !== 'swallow') to.write(data)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        this.#tunnels.delete(pair)
        to.destroy()
      })
    }
  }

  /** Lets no connection come up, and cuts those that are. */
  cut(): void {
    this.state = 'refuse'
    for (const [near, far] of this.#tunnels) {
      near.destroy()
      far.destroy()
    }
    this.#server.closeAllConnections()
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}
