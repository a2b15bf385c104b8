import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { systemClock } from '../../local/clock.ts'
import { TokenBucket } from '../../local/gateway/throttle.ts'

/**
 * A server that answers posts and does nothing else, in a process of its own: what a client costs is then the client's. It
 * reads no more of HTTP than it must, so that it is never what is waited for.
 */
export interface StubOptions {
  tls: boolean
  /** How long a post takes, ms. */
  serviceMs: number
  /** Posts a second and burst beyond which 429 is answered. */
  quota?: { rate: number; burst: number }
}

export interface StubGateway {
  /** With a stage, as a callback address has one. */
  url: string
  /** Posts answered with 200 and with 429 since the last call. */
  counts(): Promise<Counts>
  stop(): void
}

export interface Counts {
  delivered: number
  refused: number
}

/** The certificate of the TLS stub, for NODE_EXTRA_CA_CERTS. */
export const certificate = `${import.meta.dirname}/tls/localhost.cert.pem`

export async function startStubGateway(options: StubOptions): Promise<StubGateway> {
  const child = fork(import.meta.filename, [JSON.stringify(options)])
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', message => resolve(message as T))
      child.once('exit', code => reject(new Error(`the stub gateway ended with ${code ?? 'a signal'}`)))
    })
  const { port } = await next<{ port: number }>()
  return {
    url: `${options.tls ? 'https' : 'http'}://localhost:${port}/prod`,
    counts() {
      const answer = next<Counts>()
      child.send('counts')
      return answer
    },
    stop: () => void child.kill(),
  }
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) serve(process.argv[2] ?? '')

function serve(input: string): void {
  const { tls, serviceMs, quota } = JSON.parse(input) as StubOptions
  const bucket = quota && new TokenBucket(systemClock, quota.rate, quota.burst)
  let counts: Counts = { delivered: 0, refused: 0 }
  const answer = (socket: Socket): void => {
    const ok = bucket?.take() ?? true
    if (ok) counts.delivered++
    else counts.refused++
    setTimeout(() => socket.write(ok ? OK : REFUSED), serviceMs * (0.5 + Math.random()))
  }
  const onSocket = (socket: Socket): void => {
    socket.setNoDelay(true).on('error', () => socket.destroy())
    socket.on(
      'data',
      requestsOf(() => answer(socket)),
    )
  }
  const server = tls
    ? createTlsServer(
        { cert: readFileSync(certificate), key: readFileSync(certificate.replace('.cert.', '.key.')) },
        onSocket,
      )
    : createServer(onSocket)
  server.listen({ port: 0, host: 'localhost', backlog: 1024 }, () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  )
  process.on('message', () => {
    process.send?.(counts)
    counts = { delivered: 0, refused: 0 }
  })
  // It ends with whoever started it, however that ends.
  process.on('disconnect', () => process.exit())
}

const HEADERS = 'content-type: application/json\r\nx-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n'
const OK = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${HEADERS}\r\n`)
const REFUSED = Buffer.from(
  `HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\nx-amzn-ErrorType: LimitExceededException\r\n${HEADERS}\r\n{}`,
)

/** Calls back once for each request whose head and body have arrived. */
function requestsOf(onRequest: () => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return data => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    for (;;) {
      const head = rest.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: *(\d+)/i.exec(rest.toString('latin1', 0, head))?.[1] ?? 0)
      if (rest.length < head + 4 + length) return
      rest = rest.subarray(head + 4 + length)
      onRequest()
    }
  }
}
