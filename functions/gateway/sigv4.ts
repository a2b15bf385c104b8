import { createHmac, hash } from 'node:crypto'

/**
 * AWS Signature Version 4, for what a broadcast sends and nothing else: requests without a query, to a path that is already
 * encoded. The SDK spreads its cost over a middleware stack; a broadcast signs the same bytes for every recipient, so the
 * payload is hashed once, the key is derived once a day, texts are made once a second, and what is left is one hash and one
 * HMAC a post.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Signable {
  method: 'POST' | 'DELETE' | 'GET'
  /** Host and, unless it is the scheme's own, the port. */
  host: string
  /** As it is sent: each segment encoded once. */
  path: string
  /** Lower-case hex SHA-256 of the payload. */
  payloadHash: string
}

/** The headers that a signed request carries besides its own. */
export type SignatureHeaders = { 'x-amz-date': string; authorization: string; 'x-amz-security-token'?: string }

/** Lower-case hex SHA-256. */
export const sha256 = (data: string | Uint8Array): string => hash('sha256', data)

/** The canonical path: what is encoded already is encoded once more, as every service but S3 wants it. */
const canonicalPath = (path: string): string =>
  path.replace(/[^A-Za-z0-9._~/-]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** What all signatures of a second have in common: to one host, with the same credentials. */
interface Second {
  start: number
  host: string
  credentials: Credentials
  /** `20261124T120000Z`. */
  date: string
  /** The canonical request between its path and the hash of the payload. */
  headers: string
  /** What is signed, before the hash of the canonical request. */
  preamble: string
  /** The header, before the signature. */
  authorization: string
  key: Hmac
}

/** Signs requests of one service in one region. Holds the derived key until the day or the credentials change. */
export class Signer {
  readonly #region: string
  readonly #service: string
  #second: Second | undefined
  #key: { secret: string; day: string; hmac: Hmac } | undefined

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** @param now ms since 1970: a signature is good for about five minutes */
  sign({ method, host, path, payloadHash }: Signable, credentials: Credentials, now: number): SignatureHeaders {
    const { date, headers, preamble, authorization, key } = this.#secondOf(host, credentials, now)
    const signature = key.hex(preamble + sha256(`${method}\n${canonicalPath(path)}\n\n${headers}${payloadHash}`))
    const token = credentials.sessionToken
    return {
      'x-amz-date': date,
      ...(token === undefined ? {} : { 'x-amz-security-token': token }),
      authorization: authorization + signature,
    }
  }

  /** Thousands of posts share a second. */
  #secondOf(host: string, credentials: Credentials, now: number): Second {
    const start = now - (now % 1000)
    const before = this.#second
    if (before?.start === start && before.host === host && isSame(before.credentials, credentials)) return before
    const date = new Date(start).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const day = date.slice(0, 8)
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`
    const { accessKeyId, secretAccessKey, sessionToken: token } = credentials
    const signedHeaders = token === undefined ? 'host;x-amz-date' : 'host;x-amz-date;x-amz-security-token'
    const values = `host:${host}\nx-amz-date:${date}\n${token === undefined ? '' : `x-amz-security-token:${token}\n`}`
    this.#second = {
      start,
      host,
      credentials: { ...credentials },
      date,
      headers: `${values}\n${signedHeaders}\n`,
      preamble: `AWS4-HMAC-SHA256\n${date}\n${scope}\n`,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=`,
      key: this.#keyOf(secretAccessKey, day),
    }
    return this.#second
  }

  #keyOf(secret: string, day: string): Hmac {
    if (this.#key?.secret !== secret || this.#key.day !== day) {
      const key = [day, this.#region, this.#service, 'aws4_request'].reduce<Buffer>(
        (previous, part) => createHmac('sha256', previous).update(part).digest(),
        Buffer.from(`AWS4${secret}`),
      )
      this.#key = { secret, day, hmac: new Hmac(key) }
    }
    return this.#key.hmac
  }
}

const isSame = (a: Credentials, b: Credentials): boolean =>
  a.secretAccessKey === b.secretAccessKey && a.sessionToken === b.sessionToken && a.accessKeyId === b.accessKeyId

const BLOCK = 64

/** HMAC-SHA256 (RFC 2104) of short texts with one key. Node's own makes objects that cost several times what they compute. */
class Hmac {
  readonly #inner = Buffer.alloc(1024)
  readonly #outer = Buffer.alloc(BLOCK + 32, 0x5c)

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    this.#inner.fill(0x36, 0, BLOCK)
    for (const [i, byte] of key.entries()) {
      this.#inner.writeUInt8(byte ^ 0x36, i)
      this.#outer.writeUInt8(byte ^ 0x5c, i)
    }
  }

  /** @param text ASCII, at most 960 characters: what is signed has about 150 */
  hex(text: string): string {
    const end = BLOCK + this.#inner.write(text, BLOCK, 'latin1')
    if (end - BLOCK < text.length) throw new Error('the text is too long to be signed')
    hash('sha256', this.#inner.subarray(0, end), 'buffer').copy(this.#outer, BLOCK)
    return hash('sha256', this.#outer)
  }
}
