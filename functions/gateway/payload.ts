import { sha256 } from './sigv4.ts'

/** The bytes of one message, hashed once for all recipients. */
export interface Payload {
  readonly bytes: Buffer
  /** Lower-case hex SHA-256. */
  readonly hash: string
}

export function payloadOf(message: object): Payload {
  const bytes = Buffer.from(JSON.stringify(message))
  return { bytes, hash: sha256(bytes) }
}
