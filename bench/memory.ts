import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MemoryInput, MemoryOutput } from './support/broadcast-memory.ts'
import { inChild } from './support/child.ts'
import { print, sizesOf } from './support/report.ts'

/**
 * How much memory a broadcast takes, whatever its audience: the store's paging, the join and the delivery, over pages that are
 * made as they are asked for and a poster that posts nowhere. Each in a process of its own.
 *   npm run bench:memory [-- --json] [-- --rows 10000,100000,1000000]
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '10000,100000,1000000' } },
})
const script = join(import.meta.dirname, 'support/broadcast-memory.ts')

const rows = []
for (const size of sizesOf(values.rows, 1_000_000)) {
  const input: MemoryInput = { rows: size }
  // Young objects are collected early, so that what the process takes says something about what is in use.
  const { heap, rss } = await inChild<MemoryOutput>(script, input, ['--expose-gc', '--max-semi-space-size=2'])
  rows.push({ rows: size, heap, rss })
}
const [smallest] = rows
const largest = rows.at(-1)

print(
  {
    bench: 'memory',
    tables: [
      {
        name: 'rows',
        title: 'The most memory that a broadcast took at any of 40 moments',
        columns: { rows: 'rows', heap: 'in use after a collection (MB)', rss: 'of the process (MB)' },
        rows,
      },
    ],
    goals: [
      {
        goal: 'in use for the largest: at most 20 MB more than for the smallest',
        value: (largest?.heap ?? NaN) - (smallest?.heap ?? NaN),
        atMost: 20,
      },
      {
        goal: 'of the process for the largest: at most 20 MB more than for the smallest',
        value: (largest?.rss ?? NaN) - (smallest?.rss ?? NaN),
        atMost: 20,
      },
    ],
  },
  values,
)
