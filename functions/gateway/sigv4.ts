import { createHash, createHmac } from 'node:crypto'

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

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Lower-case hex SHA-256. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/**
 * The canonical path: each segment encoded a second time, as every service but S3 wants it. RFC 3986 leaves letters, digits
 * and -._~ alone; encodeURIComponent also leaves !'()*, which are encoded here.
 */
const canonicalPath = (path: string): string =>
  path
    .split('/')
    .map(segment =>
      encodeURIComponent(segment).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/')

/** Signs requests of one service in one region. Holds the derived key until the day or the credentials change. */
export class Signer {
  readonly #region: string
  readonly #service: string
  #key: { secret: string; day: string; value: Buffer } | undefined

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** @param now ms since 1970: a signature is good for about five minutes */
  sign({ method, host, path, payloadHash }: Signable, credentials: Credentials, now: number): SignatureHeaders {
    const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const day = date.slice(0, 8)
    const token = credentials.sessionToken
    const signedHeaders = token === undefined ? 'host;x-amz-date' : 'host;x-amz-date;x-amz-security-token'
    const headers = `host:${host}\nx-amz-date:${date}\n${token === undefined ? '' : `x-amz-security-token:${token}\n`}`
    const request = `${method}\n${canonicalPath(path)}\n\n${headers}\n${signedHeaders}\n${payloadHash}`
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`
    const signature = hmac(
      this.#keyOf(credentials.secretAccessKey, day),
      `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(request)}`,
    ).toString('hex')
    return {
      'x-amz-date': date,
      ...(token === undefined ? {} : { 'x-amz-security-token': token }),
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    }
  }

  #keyOf(secret: string, day: string): Buffer {
    if (this.#key?.secret !== secret || this.#key.day !== day) {
      const value = [day, this.#region, this.#service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
      this.#key = { secret, day, value: value as Buffer }
    }
    return this.#key.value
  }
}
