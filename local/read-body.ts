import type { IncomingMessage } from 'node:http'

/**
 * The body of a request or an answer; undefined where it is longer than `limit` bytes. By events: a small body read by async
 * iteration costs as much as the rest of a post to a connection.
 */
export function readBody(stream: IncomingMessage): Promise<Buffer>
export function readBody(stream: IncomingMessage, limit: number): Promise<Buffer | undefined>
export function readBody(stream: IncomingMessage, limit = Infinity): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) resolve(undefined)
      else chunks.push(chunk)
    })
    stream.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('The connection was closed before the body had come.')))
  })
}
