import { childInput } from './child.ts'
import { connectionIds, MESSAGE, WAYS, type WayName } from './ways.ts'

/** What a process that posts is asked to do: post to so many connections, one number after the other, over what stays open. */
export interface PostsInput {
  way: WayName
  url: string
  sizes: number[]
}

/** One for each number: until the last post was answered, and what it cost this process. */
export type PostsOutput = { wallMs: number; cpuMs: number }[]

const { way, url, sizes } = childInput() as PostsInput
const post = WAYS[way](url)
const output: PostsOutput = []
for (const size of sizes) {
  const ids = connectionIds(size)
  const cpu = process.cpuUsage()
  const started = performance.now()
  await post(ids, MESSAGE)
  const wallMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  output.push({ wallMs, cpuMs: (user + system) / 1000 })
}
// Sockets are still open, and would keep it from ending.
process.stdout.write(JSON.stringify(output), () => process.exit())
