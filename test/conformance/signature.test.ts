import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Principals } from '../../local/iam/principals.ts'
import { verifySignature, type Verification } from '../../local/iam/signature.ts'
import { sendSigned } from '../support/signed.ts'
import { aws } from './source.ts'

const SIGV4 = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html'

const principals = new Principals()
const someone = principals.issue('arn:aws:iam::123456789012:role/Small-Role', 'my-function', 'mine', () => undefined)
let now = Date.now()
let alter: (url: string, body: Buffer) => { url: string; body: Buffer } = (url, body) => ({ url, body })
let server: Server
let origin: string
let last: Verification

beforeAll(async () => {
  server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { method = '', url = '', headers } = req
      last = verifySignature({ method, headers, ...alter(url, Buffer.concat(chunks)) }, principals, 'execute-api', now)
      res.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const send = async (path: string, init: Partial<Parameters<typeof sendSigned>[2]> = {}, who = someone) => {
  await sendSigned(`${origin}${path}`, who, { service: 'execute-api', ...init })
  return last
}
const fault = (verification: Verification) => (verification.ok ? 'none' : verification.fault)

const request = {
  id: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).filter(text => !['.', '..'].includes(text)),
  query: fc.dictionary(fc.stringMatching(/^[a-z0-9 ~'()*!&=+]{1,8}$/), fc.string({ maxLength: 8, unit: 'grapheme' }), {
    maxKeys: 3,
  }),
  header: fc.stringMatching(/^[!-~]( {0,3}[!-~]+){0,3}$/),
  body: fc.string({ maxLength: 60, unit: 'grapheme' }),
}
const pathOf = (id: string, query: Record<string, string>): string => {
  const parameters = Object.entries(query).map(pair => pair.map(encodeURIComponent).join('='))
  return `/prod/@connections/${encodeURIComponent(id)}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`
}

test(
  aws('13 what the SDK’s own signer signs is accepted, whatever the path, query, header and body', SIGV4),
  async () => {
    await fc.assert(
      fc.asyncProperty(request.id, request.query, request.header, request.body, async (id, query, header, body) => {
        expect(await send(pathOf(id, query), { body, headers: { 'x-own': header } })).toMatchObject({ ok: true })
      }),
      { numRuns: 150 },
    )
  },
)

test(aws('13 a request that was altered after it was signed is not accepted', SIGV4), async () => {
  const path = '/prod/@connections/R0oXAdfD0kwCH6w%3D'
  const alterations = [
    (url: string, body: Buffer) => ({ url, body: Buffer.concat([body, Buffer.from(' ')]) }),
    (url: string, body: Buffer) => ({ url: `${url}?more=1`, body }),
    (url: string, body: Buffer) => ({ url: url.replace('prod', 'dev'), body }),
  ]
  for (const alteration of alterations) {
    alter = alteration
    expect(fault(await send(path, { body: '{"a":1}' }))).toBe('InvalidSignature')
  }
  alter = (url, body) => ({ url, body })
  expect(fault(await send(path, { body: '{"a":1}' }))).toBe('none')
})

test(aws('13 unknown keys, another’s token, another service or Region are not accepted', SIGV4), async () => {
  const stranger = new Principals().issue(someone.roleArn, 'my-function', 'mine', () => undefined)
  expect(fault(await send('/', {}, stranger))).toBe('UnrecognizedClient')
  expect(fault(await send('/', {}, { ...someone, sessionToken: stranger.sessionToken }))).toBe('UnrecognizedClient')
  expect(fault(await send('/', {}, { ...someone, secretAccessKey: stranger.secretAccessKey }))).toBe('InvalidSignature')
  expect(fault(await send('/', { service: 'sqs' }))).toBe('InvalidSignature')
  expect(fault(await send('/', { region: 'eu-west-1' }))).toBe('InvalidSignature')
  await fetch(origin)
  expect(fault(last)).toBe('MissingAuthenticationToken')
  await fetch(origin, { headers: { authorization: 'Bearer x' } })
  expect(fault(last)).toBe('IncompleteSignature')
})

test(aws('13 credentials end with the environment that has them', SIGV4), async () => {
  const gone = principals.issue(someone.roleArn, 'my-function', 'mine', () => undefined)
  expect(fault(await send('/', {}, gone))).toBe('none')
  principals.revoke(gone)
  expect(fault(await send('/', {}, gone))).toBe('UnrecognizedClient')
})

test(aws('13 a signature is good for five minutes', SIGV4), async () => {
  const at = new Date()
  for (const [minutes, expected] of [
    [0, 'none'],
    [5, 'none'],
    [6, 'RequestExpired'],
    [-6, 'RequestExpired'],
  ] as const) {
    // prettier-ignore
    now = Math.floor(at.getTime() / 1000) * 1000 + minutes * 60_000
    expect(fault(await send('/', { at }))).toBe(expected)
  }
  now = Date.UTC(2026, 0, 1, 12)
  expect(await send('/', { at: new Date(now - 360_000) })).toMatchObject({
    message: 'Signature expired: 20260101T115400Z is now earlier than 20260101T115500Z (20260101T120000Z - 5 min.)',
  })
})
