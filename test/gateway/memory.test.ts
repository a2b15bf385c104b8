import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MemoryInput, MemoryOutput } from '../../bench/support/broadcast-memory.ts'
import { inChild } from '../../bench/support/child.ts'

const script = join(import.meta.dirname, '../../bench/support/broadcast-memory.ts')
const peakOf = (rows: number): Promise<MemoryOutput> =>
  inChild(script, { rows } satisfies MemoryInput, ['--expose-gc', '--max-semi-space-size=2'])

// `npm run bench:memory` does the same for 1,000,000 rows.
test('a broadcast to 200,000 rows holds no more than one to 10,000 and 20 MB', async () => {
  const small = await peakOf(10_000)
  const large = await peakOf(200_000)
  expect([small.delivered, large.delivered]).toEqual([10_000, 200_000])
  expect(large.heap - small.heap).toBeLessThan(20)
}, 60_000)
