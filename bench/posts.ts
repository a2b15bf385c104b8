import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inChild } from './support/child.ts'
import type { PostsInput, PostsOutput } from './support/post.ts'
import { median, print } from './support/report.ts'
import { certificate, startStubGateway } from './support/stub-gateway.ts'
import { WAYS, type WayName } from './support/ways.ts'

/**
 * What CPU a post costs whoever posts: ours, the SDK's client as every sample uses it, the SDK's client tuned, and the floor
 * (bytes made beforehand, on a raw socket, unsigned). Each way in a process of its own, the server in another one.
 *   npm run bench:posts [-- --json] [-- --posts 5000] [-- --runs 3]
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    posts: { type: 'string', default: '5000' },
    runs: { type: 'string', default: '3' },
  },
})
const posts = Math.min(Number(values.posts), 20_000)
const runs = Math.min(Number(values.runs), 9)
const SERVICE_MS = 8
const script = join(import.meta.dirname, 'support/post.ts')
const names = Object.keys(WAYS) as WayName[]

async function measure(tls: boolean): Promise<Map<WayName, number>> {
  const gateway = await startStubGateway({ tls, serviceMs: SERVICE_MS })
  const cpu = new Map(names.map(way => [way, [] as number[]]))
  try {
    for (let run = 0; run < runs; run++)
      for (const way of names) {
        const input: PostsInput = { way, url: gateway.url, sizes: [1_000, posts] }
        const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate }
        const [, measured] = await inChild<PostsOutput>(script, input, [], { env })
        cpu.get(way)?.push((measured?.cpuMs ?? NaN) / (posts / 1000))
      }
  } finally {
    gateway.stop()
  }
  return new Map([...cpu].map(([way, each]) => [way, median(each)]))
}

const plain = await measure(false)
const tls = await measure(true)
const ratio = (of: ReadonlyMap<WayName, number>, way: WayName, to: WayName): number =>
  (of.get(way) ?? NaN) / (of.get(to) ?? NaN)

print(
  {
    bench: 'posts',
    tables: [
      {
        name: 'ways',
        title: `CPU for 1,000 posts of 620 bytes, medians of ${runs} processes that post ${posts} each (${SERVICE_MS} ms service time)`,
        columns: {
          way: 'way',
          plain: 'HTTP (ms)',
          plainRatio: 'of ours',
          plainPerSecond: 'posts a CPU second',
          tls: 'TLS (ms)',
          tlsRatio: 'of ours',
          tlsPerSecond: 'posts a CPU second',
        },
        rows: names.map(way => ({
          way,
          plain: plain.get(way) ?? NaN,
          plainRatio: ratio(plain, way, 'ours'),
          plainPerSecond: 1e6 / (plain.get(way) ?? NaN),
          tls: tls.get(way) ?? NaN,
          tlsRatio: ratio(tls, way, 'ours'),
          tlsPerSecond: 1e6 / (tls.get(way) ?? NaN),
        })),
      },
    ],
    goals: [
      {
        goal: 'over HTTP the naive SDK takes at least 10 times ours',
        value: ratio(plain, 'naive', 'ours'),
        atLeast: 10,
      },
      { goal: 'over TLS the naive SDK takes at least 8 times ours', value: ratio(tls, 'naive', 'ours'), atLeast: 8 },
      { goal: 'over HTTP ours takes at most twice the floor', value: ratio(plain, 'ours', 'floor'), atMost: 2 },
      { goal: 'over TLS ours takes at most twice the floor', value: ratio(tls, 'ours', 'floor'), atMost: 2 },
    ],
  },
  values,
)
