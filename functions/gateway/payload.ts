import { sha256 } from './sigv4.ts'

/** The bytes of one message, hashed once for all recipients. */
export interface Payload {
  /** One character a byte (latin1), so that head and body of a request are one text. */
  readonly body: string
  /** Lower-case hex SHA-256. */
  readonly hash: string
}

export function payloadOf(message: object): Payload {
  const bytes = Buffer.from(JSON.stringify(message))
  return { body: bytes.toString('latin1'), hash: sha256(bytes) }
}
