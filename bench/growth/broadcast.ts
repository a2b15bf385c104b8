import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { audienceKey } from '../../functions/core/audience.ts'
import { iso, systemClock } from '../../functions/core/clock.ts'
import { mapBounded } from '../../functions/core/concurrency.ts'
import { Rate } from '../../functions/core/rate.ts'
import type { VersionRecord } from '../../functions/core/versions.ts'
import type { FanOutTask } from '../../functions/gateway/fan-out-queue.ts'
import { announce } from '../../functions/steps/broadcast.ts'
import { inlineBudget, taskBudget } from '../../functions/steps/budget.ts'
import { doTask } from '../../functions/steps/fan-out.ts'
import type { Services } from '../../functions/steps/services.ts'
import { Connections } from '../../functions/store/connections.ts'
import { Memberships } from '../../functions/store/memberships.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'
import { childInput } from '../support/child.ts'

export interface GrowthInput {
  dynamoDbUrl: string
  /** Rising. */
  sizes: number[]
}

export interface Growth {
  rows: number
  readUnits: number
  writeUnits: number
  tasks: number
  posts: number
  cpuMs: number
}

const GROUP = 'large'
const subject = `group:${GROUP}` as const
const CONNECTIONS_A_MEMBER = 2
const HOUR_MS = 3_600_000

const { dynamoDbUrl, sizes } = childInput() as GrowthInput
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    endpoint: dynamoDbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }),
)

/** Writes the rows and memberships that make the audience `from` to `to` large. */
async function grow(from: number, to: number): Promise<void> {
  const now = Date.now()
  const puts: Record<string, unknown>[] = []
  for (let i = from; i < to; i++) {
    const user = `user-${Math.floor(i / CONNECTIONS_A_MEMBER)}`
    const row = { connectedAt: now, tokenExpiresAt: now + HOUR_MS, expiresAt: Math.floor((now + 2 * HOUR_MS) / 1000) }
    puts.push({ pk: `GROUP#${GROUP}`, sk: `${audienceKey(user)}#connection${i}=`, ...row })
    if (i % CONNECTIONS_A_MEMBER === 0)
      puts.push({ pk: `GROUP#${GROUP}`, sk: `MEMBER#${audienceKey(user)}`, role: 'member', since: iso(now) })
  }
  const batches = Array.from({ length: Math.ceil(puts.length / 25) }, (_, i) => puts.slice(i * 25, i * 25 + 25))
  await mapBounded(batches, 8, batch =>
    client.send(new BatchWriteCommand({ RequestItems: { growth: batch.map(Item => ({ PutRequest: { Item } })) } })),
  )
}

let used = { readUnits: 0, writeUnits: 0 }
/** Asks for the units of each call, as the local run's bill does. */
const counting = {
  async send(command: { input: Record<string, unknown> }) {
    command.input['ReturnConsumedCapacity'] = 'TOTAL'
    const answer = (await client.send(command as never)) as { ConsumedCapacity?: { CapacityUnits?: number } }
    const isWrite = 'UpdateExpression' in command.input || 'Item' in command.input
    used[isWrite ? 'writeUnits' : 'readUnits'] += Math.max(1, answer.ConsumedCapacity?.CapacityUnits ?? 0)
    return answer
  },
} as unknown as DynamoDBDocumentClient

async function measure(rows: number, version: number): Promise<Growth> {
  const table = { name: 'growth', client: counting, clock: systemClock }
  const tasks: FanOutTask[] = []
  let posts = 0
  const services: Services = {
    log: new SettingsLog(table, 365),
    memberships: new Memberships(table),
    connections: new Connections(table),
    poster: { post: async () => (posts++, 'delivered') },
    closer: { close: async () => undefined },
    queue: { send: async more => void tasks.push(...more) },
    clock: systemClock,
    rate: new Rate(),
    random: Math.random,
  }
  const author = { updatedBy: 'alice', updatedAt: iso(Date.now()), commitId: `commit-${version}` }
  const record: VersionRecord = {
    subject,
    version,
    settings: { a: version },
    change: { a: version },
    tombstone: false,
    ...author,
  }
  await services.log.append(record)

  used = { readUnits: 0, writeUnits: 0 }
  const context = { getRemainingTimeInMillis: () => 60_000 }
  const before = process.cpuUsage()
  await announce(services, record, inlineBudget(systemClock, context))
  let done = 0
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    await doTask(services, task, taskBudget(systemClock, context))
    done++
  }
  const { user, system } = process.cpuUsage(before)
  if (posts !== rows) throw new Error(`${posts} posts for ${rows} rows`)
  return { rows, ...used, tasks: done, posts, cpuMs: (user + system) / 1000 }
}

const grown: Growth[] = []
// The compiler warms up.
let size = 10
await grow(0, size)
for (let i = 1; i <= 20; i++) await measure(10, i)
for (const [i, rows] of sizes.entries()) {
  await grow(size, rows)
  size = Math.max(size, rows)
  grown.push(await measure(rows, 100 + i))
}
console.log(JSON.stringify(grown))
