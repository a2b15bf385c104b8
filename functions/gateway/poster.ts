import type { Dispatcher } from 'undici'
// The package's index loads everything it has (fetch, caches, mocks): a third of a cold start for one pool.
import Pool from 'undici/lib/dispatcher/pool.js'
import { GrantwireError } from '../core/errors.ts'
import type { Payload } from './payload.ts'
import { Signer, type Credentials } from './sigv4.ts'

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
 * `POST /{stage}/@connections/{id}` over a pool of kept sockets, signed by ourselves: see bench/README.md for what that saves.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class HttpPoster implements Poster {
  readonly #pool: Pool
  readonly #signer: Signer
  readonly #host: string
  readonly #prefix: string
  readonly #credentials: () => Credentials
  readonly #timeoutMs: number
  readonly #now: () => number

  constructor({ url, region, credentials, connections = 128, timeoutMs = 3_000, now = Date.now }: PosterOptions) {
    const { origin, host, pathname } = new URL(url)
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // API Gateway keeps idle sockets for longer; a frozen Lambda finds out at the first write and the post is retried.
      keepAliveTimeout: 50_000,
    })
    this.#signer = new Signer(region, 'execute-api')
    this.#host = host
    this.#prefix = `${pathname.replace(/\/$/, '')}/@connections/`
    this.#credentials = credentials
    this.#timeoutMs = timeoutMs
    this.#now = now
  }

  async post(connectionId: string, payload: Payload): Promise<PostOutcome> {
    const path = this.#prefix + encodeURIComponent(connectionId)
    const signature = this.#signer.sign(
      { method: 'POST', host: this.#host, path, payloadHash: payload.hash },
      this.#credentials(),
      this.#now(),
    )
    const status = await this.#send({
      method: 'POST',
      path,
      headers: { ...signature, host: this.#host, 'content-type': 'application/octet-stream' },
      body: payload.bytes,
    })
    if (status === 200) return 'delivered'
    if (status === 410) return 'gone'
    if (status === 429) return 'throttled'
    if (status === 0 || status >= 500) return 'failed'
    throw new GrantwireError('internal', `The gateway refused a post with status ${status}.`)
  }

  /** The status of the answer, or 0 where none came. */
  #send(request: Dispatcher.DispatchOptions): Promise<number> {
    return new Promise(resolve => {
      let status = 0
      let controller: Dispatcher.DispatchController | undefined
      const timer = setTimeout(() => {
        controller?.abort(new Error('timed out'))
        resolve(0)
      }, this.#timeoutMs)
      const done = (result: number) => {
        clearTimeout(timer)
        resolve(result)
      }
      this.#pool.dispatch(request, {
        onRequestStart: c => void (controller = c),
        onResponseStart: (_, statusCode) => void (status = statusCode),
        onResponseData: () => undefined,
        onResponseEnd: () => done(status),
        onResponseError: () => done(0),
      })
    })
  }

  /** Closes the sockets once every post has ended. */
  async close(): Promise<void> {
    await this.#pool.close()
  }
}
