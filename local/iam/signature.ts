import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto'
import { REGION } from '../template/physical.ts'
import type { Principal, Principals } from './principals.ts'

/** A request as it came over the wire. */
export interface SignedRequest {
  method: string
  /** Path and query, as sent. */
  url: string
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
}

/** Why a request is not who it says; the codes are AWS's. */
export type SignatureFault =
  'MissingAuthenticationToken' | 'IncompleteSignature' | 'UnrecognizedClient' | 'InvalidSignature' | 'RequestExpired'

export type Verification = { ok: true; principal: Principal } | { ok: false; fault: SignatureFault; message: string }

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/
/** AWS takes a signature for five minutes. */
const MAX_SKEW_MS = 300_000

const sha256 = (data: string | Buffer): string => hash('sha256', data, 'hex')
const hmac = (key: string | Buffer | KeyObject, data: string): Buffer => createHmac('sha256', key).update(data).digest()

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * Checks a Signature Version 4 as AWS does: the key must be one that was given out, with its session token, and the signature
 * that of this very request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(
  request: SignedRequest,
  principals: Principals,
  service: string,
  now: number,
): Verification {
  const header = (name: string): string => {
    const value = request.headers[name] ?? ''
    return (typeof value === 'string' ? value : value.join(',')).trim().replace(/ +/g, ' ')
  }
  const fail = (fault: SignatureFault, message = ''): Verification => ({ ok: false, fault, message })
  const authorization = header('authorization')
  if (authorization === '') return fail('MissingAuthenticationToken')
  const parts = FORM.exec(authorization)
  if (parts === null) return fail('IncompleteSignature')
  const [, accessKeyId = '', day = '', region = '', signedService = '', signedHeaders = '', signature = ''] = parts
  const principal = principals.find(accessKeyId)
  if (principal === undefined || header('x-amz-security-token') !== principal.sessionToken)
    return fail('UnrecognizedClient')

  const names = signedHeaders.split(';')
  const date = header('x-amz-date')
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const mustBeSigned = ['host', ...Object.keys(request.headers).filter(name => name.startsWith('x-amz-'))]
  const isScoped = signedService === service && region === REGION && date.startsWith(day)
  if (!isScoped || !mustBeSigned.every(name => names.includes(name))) return fail('InvalidSignature')
  if (Number.isNaN(at)) return fail('IncompleteSignature')
  if (Math.abs(now - at) > MAX_SKEW_MS) return fail('RequestExpired', outOfTime(at, now))

  const [path = '', query = ''] = request.url.split(/\?(.*)/s)
  const canonical = [
    request.method,
    path.split('/').map(encode).join('/'),
    canonicalQuery(query),
    ...names.map(name => `${name}:${header(name)}`),
    '',
    signedHeaders,
    sha256(request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const expected = hmac(
    signingKey(principal, day, region, service),
    `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`,
  )
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? { ok: true, principal } : fail('InvalidSignature')
}

const signingKeys = new WeakMap<Principal, Map<string, KeyObject>>()

/** The key of a day, derived once. As a `KeyObject`: with a buffer, Node takes five times as long for a short text. */
function signingKey(principal: Principal, day: string, region: string, service: string): KeyObject {
  const known = signingKeys.get(principal) ?? new Map<string, KeyObject>()
  signingKeys.set(principal, known)
  const scope = `${day}/${region}/${service}`
  const found = known.get(scope)
  if (found !== undefined) return found
  const bytes = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${principal.secretAccessKey}`, day))
  const key = createSecretKey(bytes)
  known.set(scope, key)
  return key
}

/** Sorted by name, then by value: not as one text, since `=` sorts after some characters of names. */
const canonicalQuery = (query: string): string =>
  [...new URLSearchParams(query)]
    .map(pair => pair.map(encode) as [string, string])
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(pair => pair.join('='))
    .join('&')

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Such as `20260101T120000Z`. */
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')

const outOfTime = (at: number, now: number): string =>
  at < now
    ? `Signature expired: ${stamp(at)} is now earlier than ${stamp(now - MAX_SKEW_MS)} (${stamp(now)} - 5 min.)`
    : `Signature not yet current: ${stamp(at)} is still later than ${stamp(now + MAX_SKEW_MS)} (${stamp(now)} + 5 min.)`
