import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inChild } from './support/child.ts'
import type { PostsInput, PostsOutput } from './support/post.ts'
import { median, print, sizesOf } from './support/report.ts'
import { certificate, startStubGateway } from './support/stub-gateway.ts'
import type { WayName } from './support/ways.ts'

/**
 * How long an audience waits for its last post, over TLS: cold (a new process with no socket) and warm (the same process the
 * third time), ours and the SDK's client as every sample uses it.
 *   npm run bench:last-post [-- --json] [-- --rows 1,50,200,1000,10000] [-- --runs 5]
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '1,50,200,1000,10000' },
    runs: { type: 'string', default: '5' },
  },
})
const runs = Math.min(Number(values.runs), 15)
const SERVICE_MS = 8
const script = join(import.meta.dirname, 'support/post.ts')

interface Times {
  cold: number
  warm: number
}

async function once(way: WayName, url: string, rows: number): Promise<Times> {
  const input: PostsInput = { way, url, sizes: [rows, rows, rows] }
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate }
  const [cold, , warm] = await inChild<PostsOutput>(script, input, [], { env })
  return { cold: cold?.wallMs ?? NaN, warm: warm?.wallMs ?? NaN }
}

const gateway = await startStubGateway({ tls: true, serviceMs: SERVICE_MS })
const rows = []
try {
  for (const size of sizesOf(values.rows, 20_000)) {
    const times: Record<'ours' | 'naive', Times[]> = { ours: [], naive: [] }
    // The largest takes the naive client ten seconds a time: three times tell as much.
    for (let run = 0; run < (size > 2_000 ? Math.min(runs, 3) : runs); run++)
      for (const way of ['ours', 'naive'] as const) times[way].push(await once(way, gateway.url, size))
    const of = (way: 'ours' | 'naive', when: keyof Times) => median(times[way].map(each => each[when]))
    rows.push({
      rows: size,
      oursCold: of('ours', 'cold'),
      naiveCold: of('naive', 'cold'),
      cold: of('naive', 'cold') / of('ours', 'cold'),
      oursWarm: of('ours', 'warm'),
      naiveWarm: of('naive', 'warm'),
      warm: of('naive', 'warm') / of('ours', 'warm'),
    })
  }
} finally {
  gateway.stop()
}

const at1000 = rows.find(row => row.rows === 1_000)
print(
  {
    bench: 'last-post',
    tables: [
      {
        name: 'rows',
        title: `Time to the last post over TLS, medians of ${runs} processes (${SERVICE_MS} ms service time)`,
        columns: {
          rows: 'rows',
          oursCold: 'ours, cold (ms)',
          naiveCold: 'naive, cold (ms)',
          cold: 'times faster',
          oursWarm: 'ours, warm (ms)',
          naiveWarm: 'naive, warm (ms)',
          warm: 'times faster',
        },
        rows,
      },
    ],
    goals: [
      ...(at1000 === undefined
        ? []
        : [
            { goal: 'cold, 1,000 rows: at least 2 times faster than naive', value: at1000.cold, atLeast: 2 },
            { goal: 'warm, 1,000 rows: at least 4 times faster than naive', value: at1000.warm, atLeast: 4 },
          ]),
      {
        goal: 'never slower than naive, at any size',
        value: Math.min(...rows.flatMap(({ cold, warm }) => [cold, warm])),
        atLeast: 1,
      },
    ],
  },
  values,
)
