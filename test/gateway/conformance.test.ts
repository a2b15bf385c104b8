import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { payloadOf } from '../../functions/gateway/payload.ts'
import { HttpPoster, type PosterOptions } from '../../functions/gateway/poster.ts'
import { Principals } from '../../local/iam/principals.ts'
import { verifySignature } from '../../local/iam/signature.ts'
import { answer, startGatewayServer, type Behaviour } from './support/gateway-server.ts'

/** What a broadcast sends with, and the SDK's client: the same server must mean the same to both. */

const MESSAGE = { event: 'UserUpdated', text: 'Größe — 大きさ' }
const principals = new Principals()
const issue = () => principals.issue('arn:aws:iam::1:role/a', 'a', 'a', () => undefined)
const credentials = issue()

const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function server(behave: Behaviour) {
  const started = await startGatewayServer(behave)
  open.push(started)
  return started
}

type Post = (id: string) => Promise<string>

function ours(url: string, options: Partial<PosterOptions> = {}): Post {
  const poster = new HttpPoster({
    url,
    region: 'us-east-1',
    credentials: () => credentials,
    timeoutMs: 2_000,
    ...options,
  })
  open.push({ close: () => poster.close() })
  return id =>
    poster.post(id, payloadOf(MESSAGE)).catch((error: unknown) => `refused: ${String(error).match(/\d{3}/)?.[0]}`)
}

/** One try, so that both ask once. */
function theirs(url: string, requestHandler: object = {}): Post {
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    requestHandler,
  })
  open.push({ close: () => client.destroy() })
  return async id => {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(JSON.stringify(MESSAGE)) }))
      return 'delivered'
    } catch (error) {
      const status =
        error instanceof ApiGatewayManagementApiServiceException ? error.$metadata.httpStatusCode : undefined
      if (status === 410) return 'gone'
      if (status === 429) return 'throttled'
      return status === undefined || status >= 500 ? 'failed' : `refused: ${status}`
    }
  }
}

const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const CASES: [string, string, Behaviour][] = [
  ['200', 'delivered', socket => socket.write(answer(200))],
  ['200 in chunks', 'delivered', socket => socket.write(`${chunked}2\r\n{}\r\n0\r\n\r\n`)],
  [
    '200 in pieces',
    'delivered',
    socket => {
      const [head, body] = [answer(200, 'X').slice(0, 20), answer(200, 'X').slice(20)]
      socket.write(head)
      setImmediate(() => socket.write(body))
    },
  ],
  [
    '200 that closes',
    'delivered',
    socket => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
  ],
  ['200 of no length', 'delivered', socket => socket.end(`HTTP/1.1 200 OK\r\n\r\n{}`)],
  ['200 after 100', 'delivered', socket => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${answer(200)}`)],
  ['400', 'refused: 400', socket => socket.write(answer(400, 'BadRequestException'))],
  ['403', 'refused: 403', socket => socket.write(answer(403, 'ForbiddenException'))],
  ['404', 'refused: 404', socket => socket.write(answer(404))],
  ['410', 'gone', socket => socket.write(answer(410, 'GoneException'))],
  [
    '410 of a proxy that drops its header',
    'gone',
    socket => socket.write(answer(410, undefined, '{"message":"Gone"}')),
  ],
  ['413', 'refused: 413', socket => socket.write(answer(413, 'PayloadTooLargeException'))],
  ['429', 'throttled', socket => socket.write(answer(429, 'LimitExceededException'))],
  ['500', 'failed', socket => socket.write(answer(500, 'InternalServerErrorException'))],
  ['502 as a page', 'failed', socket => socket.write(answer(502, undefined, '<h1>Bad Gateway</h1>'))],
  ['503', 'failed', socket => socket.write(answer(503, 'ServiceUnavailableException'))],
  ['a reset', 'failed', socket => socket.resetAndDestroy()],
  [
    'a reset in the middle of the answer',
    'failed',
    socket => socket.write('HTTP/1.1 200 OK\r\ncont', () => socket.resetAndDestroy()),
  ],
  ['a socket that closes without an answer', 'failed', socket => socket.end()],
  ['an answer that is no HTTP', 'failed', socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')],
]

describe('ours and the SDK’s client take as the same', () => {
  test.each(CASES)('%s', async (_, outcome, behave) => {
    const { url } = await server(behave)
    expect({ ours: await ours(url)('R0oXAdfD0kwCH6w='), theirs: await theirs(url)('R0oXAdfD0kwCH6w=') }).toEqual({
      ours: outcome,
      theirs: outcome,
    })
  })

  test('nobody listening', async () => {
    const gone = await startGatewayServer(() => undefined)
    await gone.close()
    const { url } = gone
    expect([await ours(url)('a'), await theirs(url)('a')]).toEqual(['failed', 'failed'])
  })

  test('no answer in time, where the SDK is told to throw; its requestTimeout alone only warns', async () => {
    const { url, received } = await server(socket => setTimeout(() => socket.write(answer(200)), 150))
    const warnings: unknown[] = []
    const logger = { trace() {}, debug() {}, info() {}, error() {}, warn: (text: unknown) => void warnings.push(text) }
    expect(await ours(url, { timeoutMs: 30 })('a')).toBe('failed')
    expect(await theirs(url, { requestTimeout: 30, throwOnRequestTimeout: true })('a')).toBe('failed')
    expect(await theirs(url, { requestTimeout: 30, logger })('a')).toBe('delivered')
    expect(received).toHaveLength(3)
    expect(String(warnings[0])).toMatch(/timeout/i)
  })
})

test('for any id, both send the same path and bytes, and a signature that holds', async () => {
  const { url, received } = await server(socket => socket.write(answer(200)))
  const [mine, sdk] = [ours(url), theirs(url)]
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{11}=$/), fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' })),
      async id => {
        fc.pre(!/^\.\.?$/.test(id))
        received.length = 0
        expect([await mine(id), await sdk(id)]).toEqual(['delivered', 'delivered'])
        const [a, b] = received
        expect([a?.method, a?.url, a?.body, a?.headers['content-type'], a?.headers['host']]).toEqual([
          b?.method,
          b?.url,
          b?.body,
          b?.headers['content-type'],
          b?.headers['host'],
        ])
        for (const request of received)
          expect(verifySignature(request, principals, 'execute-api', Date.now())).toEqual({
            ok: true,
            principal: credentials,
          })
      },
    ),
    { numRuns: 60 },
  )
})

test('credentials that rotate are used at the next post', async () => {
  const { url, received } = await server(socket => socket.write(answer(200)))
  const rotated = [credentials, issue(), issue()]
  let current = credentials
  const post = ours(url, { credentials: () => current })
  for (current of rotated) await post('a')
  expect(received.map(request => verifySignature(request, principals, 'execute-api', Date.now()))).toEqual(
    rotated.map(principal => ({ ok: true, principal })),
  )
})
