import { GrantwireError } from '../core/errors.ts'
import type { Payload } from './payload.ts'
import { Signer, type Credentials } from './sigv4.ts'
import { Sockets } from './sockets.ts'

/** What one post came to. */
export type PostOutcome =
  /** The gateway took it. */
  | 'delivered'
  /** The connection is closed, or not yet open (410). */
  | 'gone'
  /** Too many requests (429): the gateway did not look at it. */
  | 'throttled'
  /** No answer in time, a broken socket, or a 5xx: it may or may not have been delivered. */
  | 'failed'

/** Posts to connections. The one interface between a broadcast and API Gateway. */
export interface Poster {
  /** Sockets that are open and free: posts over these cost no handshake. */
  readonly kept?: number
  /** @throws Error where the gateway refuses for good (wrong address, no permission, too large): no other post can do better */
  post(connectionId: string, payload: Payload): Promise<PostOutcome>
}

export interface PosterOptions {
  /** The stage's callback address, such as `https://abc123.execute-api.eu-west-1.amazonaws.com/prod`. */
  url: string
  region: string
  /** Asked at every post, so that rotated credentials are used at once. */
  credentials: () => Credentials
  /** Sockets at most. They are opened as they are needed and kept. */
  connections?: number
  /** How long one post may take in all, ms. */
  timeoutMs?: number
  now?: () => number
}

/**
 * `POST /{stage}/@connections/{id}`, signed by ourselves and sent over kept sockets: see bench/README.md for what that saves.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class HttpPoster implements Poster {
  readonly #sockets: Sockets
  readonly #signer: Signer
  readonly #host: string
  readonly #prefix: string
  readonly #credentials: () => Credentials
  readonly #now: () => number

  constructor({ url, region, credentials, connections = 128, timeoutMs = 3_000, now = Date.now }: PosterOptions) {
    const stage = new URL(url)
    this.#sockets = new Sockets({ url: stage, most: connections, timeoutMs, now })
    this.#signer = new Signer(region, 'execute-api')
    this.#host = stage.host
    this.#prefix = `${stage.pathname.replace(/\/$/, '')}/@connections/`
    this.#credentials = credentials
    this.#now = now
  }

  get kept(): number {
    return this.#sockets.kept
  }

  async post(connectionId: string, { body, hash }: Payload): Promise<PostOutcome> {
    const path = this.#prefix + encodeId(connectionId)
    const signature = this.#signer.sign(
      { method: 'POST', host: this.#host, path, payloadHash: hash },
      this.#credentials(),
      this.#now(),
    )
    const { 'x-amz-date': date, 'x-amz-security-token': token, authorization } = signature
    const status = await this.#sockets.send(
      `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nx-amz-date: ${date}\r\nauthorization: ${authorization}\r\n` +
        (token === undefined ? '' : `x-amz-security-token: ${token}\r\n`) +
        `content-type: application/octet-stream\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    if (status === 200) return 'delivered'
    if (status === 410) return 'gone'
    if (status === 429) return 'throttled'
    if (status === 0 || status >= 500) return 'failed'
    throw new GrantwireError('internal', `The gateway refused a post with status ${status}.`)
  }

  /** Closes the sockets. Posts under way have failed. */
  close(): void {
    this.#sockets.close()
  }
}

/** As the SDK encodes it (RFC 3986): encodeURIComponent leaves !'()* as they are. */
const encodeId = (id: string): string =>
  encodeURIComponent(id).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
