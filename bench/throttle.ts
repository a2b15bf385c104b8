import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inChild } from './support/child.ts'
import { print, sizesOf } from './support/report.ts'
import { startStubGateway } from './support/stub-gateway.ts'
import type { ThrottledInput, ThrottledOutput } from './support/post-throttled.ts'

/**
 * What a broadcast gets out of a quota that refuses what is over it: the share of the quota that is delivered, and of the posts
 * that is refused, where one Lambda posts and where several do that know nothing of each other. Each is a process of its own,
 * and so is the server with the token bucket.
 *   npm run bench:throttle [-- --json] [-- --quotas 200,1000,3000] [-- --lambdas 1,4] [-- --seconds 8]
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quotas: { type: 'string', default: '200,1000,3000' },
    lambdas: { type: 'string', default: '1,4' },
    seconds: { type: 'string', default: '8' },
  },
})
const seconds = Math.min(Number(values.seconds), 30)
const script = join(import.meta.dirname, 'support/post-throttled.ts')

async function measure(quota: number, lambdas: number) {
  const burst = quota / 2
  const gateway = await startStubGateway({ tls: false, serviceMs: 8, quota: { rate: quota, burst } })
  try {
    const input: ThrottledInput = { url: gateway.url, seconds }
    const all = await Promise.all(Array.from({ length: lambdas }, () => inChild<ThrottledOutput>(script, input)))
    const { delivered, refused } = await gateway.counts()
    const started = Math.min(...all.map(each => each.startedAt))
    const ended = Math.max(...all.map(each => each.endedAt))
    // What the bucket could give in that time; its burst is part of it.
    const possible = burst + (quota * (ended - started)) / 1000
    return { quota, lambdas, delivered: delivered / possible, refused: refused / (delivered + refused) }
  } finally {
    gateway.stop()
  }
}

const rows = []
for (const lambdas of sizesOf(values.lambdas, 16))
  for (const quota of sizesOf(values.quotas, 10_000)) rows.push(await measure(quota, lambdas))

print(
  {
    bench: 'throttle',
    tables: [
      {
        name: 'quotas',
        title: `Posting for ${seconds} s under a token bucket of R a second and a burst of R / 2, over HTTP`,
        columns: {
          quota: 'R (posts a second)',
          lambdas: 'Lambdas',
          delivered: 'delivered (share of R)',
          refused: 'refused (share of posts)',
        },
        rows,
      },
    ],
    goals: [
      { goal: 'at least 0.9 of R delivered', value: Math.min(...rows.map(row => row.delivered)), atLeast: 0.9 },
      { goal: 'at most 0.05 of the posts refused', value: Math.max(...rows.map(row => row.refused)), atMost: 0.05 },
    ],
  },
  values,
)
