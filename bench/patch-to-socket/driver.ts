import { once } from 'node:events'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { mapBounded } from '../../functions/core/concurrency.ts'
import { childInput } from '../support/child.ts'

/** What the process with the browsers is told. */
export interface DriverInput {
  /** Where the admin's PATCH goes. */
  patchUrl: string
  headers: Record<string, string>
  updates: number
  /** Updates before those that count: cold Lambdas and a cold compiler are another question. */
  warmUp: number
  kind: 'socket.io' | 'grantwire'
  socketUrl: string
  sockets: number
  /** Of the users whose sockets these are, in turn. */
  tokens: readonly string[]
}

/** One update as the browsers' process saw it, ms since 1970. */
export interface Seen {
  sentAt: number
  answeredAt: number
  lastSocketAt: number
}

/** Comparable between the processes of a machine. */
const now = (): number => performance.timeOrigin + performance.now()

/** Sockets opened at once: each runs two Lambdas. */
const OPENINGS = 8

let arrived: () => void = () => undefined

async function open({ kind, socketUrl, tokens }: DriverInput, index: number): Promise<() => void> {
  if (kind === 'socket.io') {
    const client = io(socketUrl, { transports: ['websocket'], forceNew: true, reconnection: false })
    client.on('UserUpdated', () => arrived())
    await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('connect_error', reject))
    return () => client.close()
  }
  const client = new WebSocket(socketUrl, ['grantwire.v1', `bearer.${tokens[index % tokens.length] ?? ''}`])
  await once(client, 'open')
  client.send(JSON.stringify({ event: 'sync', known: {} }))
  await once(client, 'message')
  client.on('message', data => {
    if ((JSON.parse((data as Buffer).toString()) as { event: string }).event === 'UserUpdated') arrived()
  })
  return () => client.terminate()
}

async function main(input: DriverInput): Promise<Seen[]> {
  const { patchUrl, headers, updates, warmUp, sockets } = input
  const indices = Array.from({ length: sockets }, (_, index) => index)
  const closing = await mapBounded(indices, OPENINGS, index => open(input, index))

  const seen: Seen[] = []
  for (let i = 0; i < updates + warmUp; i++) {
    let missing = sockets
    const all = new Promise<number>(resolve => {
      arrived = () => {
        if (--missing === 0) resolve(now())
      }
    })
    const sentAt = now()
    const body = JSON.stringify({ flag: i % 2 === 0, count: i })
    const answer = await fetch(patchUrl, { method: 'PATCH', headers, body })
    if (answer.status !== 200) throw new Error(`PATCH answered ${answer.status}: ${await answer.text()}`)
    await answer.arrayBuffer()
    const answeredAt = now()
    const lastSocketAt = await all
    if (i >= warmUp) seen.push({ sentAt, answeredAt, lastSocketAt })
  }
  for (const close of closing) close()
  return seen
}

console.log(JSON.stringify(await main(childInput() as DriverInput)))
process.exit()
