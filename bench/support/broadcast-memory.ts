import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { childInput } from './child.ts'
import { systemClock } from '../../functions/core/clock.ts'
import { Rate } from '../../functions/core/rate.ts'
import type { Poster } from '../../functions/gateway/poster.ts'
import { broadcast } from '../../functions/steps/broadcast.ts'
import type { Services } from '../../functions/steps/services.ts'
import { Connections } from '../../functions/store/connections.ts'
import { Memberships } from '../../functions/store/memberships.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'

/** How many rows the audience has. */
export interface MemoryInput {
  rows: number
}

/** The most that was held at any time, MB. */
export interface MemoryOutput {
  delivered: number
  /** What the collector found in use. */
  heap: number
  /** What the process took of the machine. */
  rss: number
}

const MB = 1024 * 1024
const NOW = Date.now()
const { rows } = childInput() as MemoryInput
const SAMPLES = 40

/** A page of DynamoDB: 1 MB at most, of items of about 170 bytes. */
const PER_PAGE = 6_000
const userOf = (row: number): string => {
  const hash = Math.floor((row * 256) / rows)
    .toString(16)
    .padStart(2, '0')
  return `${hash}#user-${row.toString().padStart(8, '0')}@example.com`
}
const items = {
  connections: (row: number) => ({
    pk: 'GROUP#all',
    sk: `${userOf(row)}#R0oXAdf${row.toString(36).padStart(4, '0')}=`,
    connectedAt: NOW - 60_000,
    tokenExpiresAt: NOW + 3_600_000,
    expiresAt: Math.floor(NOW / 1000) + 7_200,
  }),
  settings: (row: number) => ({
    pk: 'GROUP#all',
    sk: `MEMBER#${userOf(row)}`,
    role: 'member',
    since: '2026-01-01T00:00:00.000Z',
  }),
}

/** A table whose pages are made as they are asked for, so that only what the store holds is held. */
function table(name: keyof typeof items) {
  const send = async ({ input }: { input: { ExclusiveStartKey?: { row: number } } }) => {
    await new Promise(resolve => setImmediate(resolve))
    const start = input.ExclusiveStartKey?.row ?? 0
    const end = Math.min(rows, start + PER_PAGE)
    return {
      Items: Array.from({ length: end - start }, (_, i) => items[name](start + i)),
      ...(end < rows ? { LastEvaluatedKey: { row: end } } : {}),
    }
  }
  return { name, clock: systemClock, client: { send: send as unknown as DynamoDBDocumentClient['send'] } }
}

let posts = 0
const most = { heap: 0, rss: 0 }
const poster: Poster = {
  async post() {
    if (posts++ % Math.ceil(rows / SAMPLES) === 0) {
      most.rss = Math.max(most.rss, process.memoryUsage.rss())
      globalThis.gc?.()
      const { heapUsed, external } = process.memoryUsage()
      most.heap = Math.max(most.heap, heapUsed + external)
    }
    // A post is never done at once: others go on meanwhile.
    if (posts % 16 === 0) await new Promise(resolve => setImmediate(resolve))
    return 'delivered'
  },
}

const nobody = { close: () => Promise.reject(new Error('nobody is to be closed')) }
const services: Services = {
  connections: new Connections(table('connections')),
  memberships: new Memberships(table('settings')),
  log: new SettingsLog(table('settings'), 365),
  poster,
  closer: nobody,
  queue: { send: async () => undefined },
  clock: systemClock,
  rate: new Rate(),
  random: Math.random,
}
const { delivered } = await broadcast(
  services,
  {
    subject: 'group:all',
    announcement: { version: 1, tombstone: false },
    message: { event: 'UserUpdated', settings: {} },
  },
  { deadline: Infinity, limit: Infinity },
)
const output: MemoryOutput = {
  delivered,
  heap: most.heap / MB,
  rss: Math.max(most.rss, process.memoryUsage.rss()) / MB,
}
process.stdout.write(JSON.stringify(output))
