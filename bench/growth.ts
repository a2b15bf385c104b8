import { parseArgs } from 'node:util'
import { startDynamoDb } from '../local/dynamodb/engine.ts'
import { inChild } from './support/child.ts'
import type { Growth, GrowthInput } from './growth/broadcast.ts'
import { print, sizesOf, type Goal } from './support/report.ts'

/**
 * How the cost of an update's broadcast grows with its audience: units of DynamoDB, messages of the queue, and CPU.
 *   npm run bench:growth [-- --json] [-- --sizes 10,100,1000]
 *
 * The audience's rows and memberships are written directly into the table, two connections a member. What runs is the real
 * broadcast and the real tasks of the queue, in a process of its own; posts go to a stub, so that the CPU is that of reading,
 * joining and handing out.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '10,100,1000,10000,100000' },
  },
})

const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType })
const engine = await startDynamoDb([
  {
    tableName: 'growth',
    arn: '',
    keySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
    attributes: ['pk', 'sk'].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  },
])
const input: GrowthInput = { dynamoDbUrl: engine.url, sizes: sizesOf(values.sizes, 100_000) }
const rows = await inChild<Growth[]>(`${import.meta.dirname}/growth/broadcast.ts`, input)
await engine.close()

type Measured = 'readUnits' | 'cpuMs'
/** Least squares through the sizes: what a further 1,000 rows cost. */
function slopeOf(measured: Measured): number {
  const n = rows.length
  const mean = (of: (row: Growth) => number): number => rows.reduce((sum, row) => sum + of(row), 0) / n
  const x = mean(row => row.rows)
  const y = mean(row => row[measured])
  const over = rows.reduce((sum, row) => sum + (row.rows - x) * (row[measured] - y), 0)
  return (over / rows.reduce((sum, row) => sum + (row.rows - x) ** 2, 0)) * 1_000
}
/** How much more a row costs in the largest audience than in one a tenth of its size: 1 is linear. */
function bend(measured: Measured): number {
  const [before, last] = rows.slice(-2)
  if (before === undefined || last === undefined) return NaN
  return last[measured] / last.rows / (before[measured] / before.rows)
}
const linear = (measured: Measured, what: string, atMost: number): Goal => ({
  goal: `${what} a row, largest audience to the one before (1 is linear)`,
  value: bend(measured),
  atMost,
})

print(
  {
    bench: 'growth',
    tables: [
      {
        name: 'growth',
        title: 'One update, by the size of its audience',
        columns: {
          rows: 'rows',
          readUnits: 'read units',
          writeUnits: 'write units',
          tasks: 'tasks of the queue',
          posts: 'posts',
          cpuMs: 'CPU (ms)',
          cpuPerRow: 'CPU a row (µs)',
        },
        rows: rows.map(row => ({ ...row, cpuPerRow: (row.cpuMs * 1_000) / row.rows })),
      },
      {
        name: 'slope',
        title: 'What a further 1,000 rows take',
        columns: { readUnits: 'read units', cpuMs: 'CPU (ms)' },
        rows: [{ readUnits: slopeOf('readUnits'), cpuMs: slopeOf('cpuMs') }],
      },
    ],
    goals: [linear('readUnits', 'read units', 1.1), linear('cpuMs', 'CPU', 1.3)],
  },
  values,
)
