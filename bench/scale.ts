import { parseArgs } from 'node:util'
import { PRICES_OF } from './prices.ts'
import { simulate } from './scale/simulate.ts'
import { print, sizesOf } from './support/report.ts'

/**
 * A simulation of one update to audiences of up to 1,000,000 connections: when the last post goes through, with which Lambdas
 * and at what cost, under the quota that every account has and under raised ones.
 *   npm run bench:scale [-- --json]
 *
 * The rules are the real ones: the audience is split by core/audience, each worker keeps to core/rate, all of them share the
 * token bucket of the emulated gateway, and the queue has the workers that the template gives it. Time is virtual; what a post
 * and a row cost was measured by bench:posts and bench:growth.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '1000,10000,100000,1000000' },
  },
})

const QUOTAS = [
  { quota: 'default', perSecond: 10_000, burst: 5_000 },
  { quota: 'raised 3 times', perSecond: 30_000, burst: 5_000 },
  { quota: 'raised 10 times', perSecond: 100_000, burst: 5_000 },
]

const rows = QUOTAS.flatMap(({ quota, ...limits }) =>
  sizesOf(values.sizes, 1_000_000).map(connections => ({ quota, connections, ...simulate(connections, limits) })),
)
print(
  {
    bench: 'scale',
    tables: [
      {
        name: 'scale',
        title: `One update, simulated; cents at the list prices of ${PRICES_OF}`,
        columns: {
          quota: 'quota',
          connections: 'connections',
          lastPostSeconds: 'last post (s)',
          ofQuota: 'of the quota used (%)',
          refused: 'refused (%)',
          tasks: 'tasks',
          workers: 'workers at once',
          gbSeconds: 'GB-s',
          cents: 'cents',
        },
        rows,
      },
    ],
  },
  values,
)
