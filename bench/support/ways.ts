import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { systemClock } from '../../functions/core/clock.ts'
import { mapBounded } from '../../functions/core/concurrency.ts'
import { Rate } from '../../functions/core/rate.ts'
import { deliver } from '../../functions/gateway/deliver.ts'
import { payloadOf } from '../../functions/gateway/payload.ts'
import { HttpPoster } from '../../functions/gateway/poster.ts'

/** A way of posting a message to connections. What it opens, it keeps for the next time. */
export type Way = (url: string) => (ids: readonly string[], message: object) => Promise<void>

/** Posts under way at once, where a way bounds them. */
const CONCURRENCY = 128
const REGION = 'us-east-1'
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token'.repeat(150) }

export const newPoster = (url: string): HttpPoster =>
  new HttpPoster({ url, region: REGION, credentials: () => CREDENTIALS })

/** As a broadcast of this system does it. */
const ours: Way = url => {
  const poster = newPoster(url)
  return async (ids, message) => {
    async function* audience() {
      for (const connectionId of ids) yield { connectionId }
    }
    const services = { poster, clock: systemClock, rate: new Rate(), random: Math.random }
    const limits = { deadline: Infinity, limit: Infinity, concurrency: CONCURRENCY }
    const { delivered } = await deliver(services, audience(), payloadOf(message), limits)
    if (delivered !== ids.length) throw new Error(`${delivered} of ${ids.length} were delivered`)
  }
}

/** As every sample does it: the SDK's client, and all posts at once. */
const naive: Way = url => {
  const client = new ApiGatewayManagementApiClient({ endpoint: url, region: REGION, credentials: CREDENTIALS })
  return async (ids, message) => {
    await Promise.all(
      ids.map(id =>
        client.send(new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(JSON.stringify(message)) })),
      ),
    )
  }
}

/** The SDK's client with what one can set: kept sockets, as many as ours, a bounded number of posts, the bytes made once. */
const tuned: Way = url => {
  const sockets = { keepAlive: true, maxSockets: CONCURRENCY, scheduling: 'lifo' as const, noDelay: true }
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    region: REGION,
    credentials: CREDENTIALS,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestHandler: {
      httpAgent: new HttpAgent(sockets),
      httpsAgent: new HttpsAgent(sockets),
      connectionTimeout: 3_000,
      socketAcquisitionWarningTimeout: 60_000,
    },
  })
  return async (ids, message) => {
    const Data = Buffer.from(JSON.stringify(message))
    await mapBounded(ids, CONCURRENCY, id => client.send(new PostToConnectionCommand({ ConnectionId: id, Data })))
  }
}

/** The least that a post can cost: bytes made beforehand, written to a raw socket, the answer's end recognized by its length. */
const floor: Way = url => {
  const { protocol, hostname, port, host, pathname } = new URL(url)
  const idle: Socket[] = []
  const open = async (): Promise<Socket> => {
    const kept = idle.pop()
    if (kept !== undefined) return kept
    const to = { host: hostname, port: Number(port) }
    const socket = protocol === 'https:' ? connectTls({ ...to, servername: hostname }) : connect(to)
    await new Promise<void>((resolve, reject) => {
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', resolve).once('error', reject)
    })
    return socket.setNoDelay(true)
  }
  return async (ids, message) => {
    const body = JSON.stringify(message)
    const head = `Host: ${host}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}\r\n\r\n`
    let next = 0
    await Promise.all(
      Array.from({ length: Math.min(CONCURRENCY, ids.length) }, async () => {
        const socket = await open()
        await new Promise<void>(resolve => {
          const post = (): void => {
            const id = ids[next++]
            if (id === undefined) {
              socket.off('data', post)
              resolve()
            } else socket.write(`POST ${pathname}/@connections/${id} HTTP/1.1\r\n${head}${body}`, 'latin1')
          }
          // The stub's answer to a post comes in one piece.
          socket.on('data', post)
          post()
        })
        idle.push(socket)
      }),
    )
  }
}

export const WAYS = { ours, naive, tuned, floor } satisfies Record<string, Way>
export type WayName = keyof typeof WAYS

/** Connection ids as API Gateway makes them. */
export const connectionIds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i.toString(36).padStart(11, 'R0oXAdfD0kw')}=`)

/** A `UserUpdated` of about 600 bytes. */
export const MESSAGE = {
  event: 'UserUpdated',
  id: 'group:engineering@42',
  subject: 'group:engineering',
  version: 42,
  settings: Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`feature-${i}.permission`, i % 2 === 0])),
  change: { 'feature-3.permission': true },
  updatedBy: 'alice@example.com',
  updatedAt: '2026-11-24T12:00:00.000Z',
}
