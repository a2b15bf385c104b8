import { createHmac, hash } from 'node:crypto'

/**
 * AWS Signature Version 4, for what a broadcast sends and nothing else: requests without a query, to a path that is already
 * encoded. The SDK spreads its cost over a middleware stack; a broadcast signs the same bytes for every recipient, so the
 * payload is hashed once, the key is derived once a day, and what is left is one hash and one HMAC a post.
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

/** Signs requests of one service in one region. Holds the derived key until the day or the credentials change. */
export class Signer {
  readonly #region: string
  readonly #service: string
  #second = { start: NaN, date: '' }
  #key: { secret: string; day: string; hmac: Hmac } | undefined

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** @param now ms since 1970: a signature is good for about five minutes */
  sign({ method, host, path, payloadHash }: Signable, credentials: Credentials, now: number): SignatureHeaders {
    const date = this.#dateOf(now)
    const day = date.slice(0, 8)
    const token = credentials.sessionToken
    const signedHeaders = token === undefined ? 'host;x-amz-date' : 'host;x-amz-date;x-amz-security-token'
    const headers = `host:${host}\nx-amz-date:${date}\n${token === undefined ? '' : `x-amz-security-token:${token}\n`}`
    const request = `${method}\n${canonicalPath(path)}\n\n${headers}\n${signedHeaders}\n${payloadHash}`
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`
    const signature = this.#keyOf(credentials.secretAccessKey, day).hex(
      `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(request)}`,
    )
    return {
      'x-amz-date': date,
      ...(token === undefined ? {} : { 'x-amz-security-token': token }),
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    }
  }

  /** `20261124T120000Z`; thousands of posts share a second. */
  #dateOf(now: number): string {
    const start = now - (now % 1000)
    if (this.#second.start !== start)
      this.#second = { start, date: new Date(start).toISOString().replace(/[-:]|\.\d{3}/g, '') }
    return this.#second.date
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
