import { splitRest, WHOLE_AUDIENCE, type Segment } from '../../functions/core/audience.ts'
import { Rate } from '../../functions/core/rate.ts'
import { TokenBucket } from '../../local/gateway/throttle.ts'
import { AWS } from '../prices.ts'

interface Limits {
  /** Tokens a second that the account's Region has, and how many it saves up. */
  perSecond: number
  burst: number
}

export interface Simulated {
  lastPostSeconds: number
  /** Posts that went through, of those that the quota would have let through until then, %. */
  ofQuota: number
  /** Of all attempts, %. */
  refused: number
  tasks: number
  workers: number
  gbSeconds: number
  cents: number
}

/** As functions/steps has them: posts of the update's own Lambda, connections of a segment, posts under way at once. */
const INLINE = 2_000
const PER_SEGMENT = 5_000
const CONCURRENCY = 128
/** As infra/constructs/fan-out.ts has them. */
const WORKERS = 20
const BATCH = 10
const MEMORY_GB = 1769 / 1024

/** What a post takes: an answer of API Gateway in the same Region, ms; CPU of one vCPU, ms, reading and joining included. */
const ANSWER_MS = 10
const POST_CPU_MS = 0.06 + 0.014
/** Before the first post: the request, the reads, the commit. Until the queue hands a task to a worker that starts cold. */
const BEFORE_MS = 40
const TASK_MS = 350
/** Read units a row, members included; bytes of a message. */
const UNITS_A_ROW = 0.043
const MESSAGE_BYTES = 600

const STEP_MS = 2

interface Worker {
  left: number
  rate: Rate
  /** CPU time that is free for posts, ms. */
  cpu: number
  underWay: { endsAt: number; startedAt: number; isTaken: boolean }[]
  startsAt: number
  endedAt: number | undefined
}

/** Connections in each piece of what the update's own Lambda leaves: its rows are spread evenly over the hashes of users. */
function pieces(connections: number): number[] {
  if (connections <= INLINE) return []
  const perPrefix = connections / 256
  const last = Math.floor(INLINE / perPrefix)
  const key = `${last.toString(16).padStart(2, '0')}#last`
  /** Connections up to the end of a segment. */
  const upTo = (segment: Segment): number => Math.round((parseInt(segment.to, 16) + 1) * perPrefix)
  const segments = splitRest(WHOLE_AUDIENCE, key, INLINE, PER_SEGMENT)
  return segments.map((segment, i) => upTo(segment) - (i === 0 ? INLINE : upTo(segments[i - 1] ?? segment)))
}

/** One update to so many connections, nothing else going on in the account. */
export function simulate(connections: number, { perSecond, burst }: Limits): Simulated {
  let now = 0
  const bucket = new TokenBucket({ now: () => now, after: () => () => undefined }, perSecond, burst)
  const worker = (left: number, startsAt: number, rate = new Rate()): Worker => ({
    left,
    rate,
    cpu: 0,
    underWay: [],
    startsAt,
    endedAt: undefined,
  })
  const first = worker(Math.min(INLINE, connections), BEFORE_MS)
  const all = [first]
  const waiting = pieces(connections)
  const tasks = waiting.length
  let attempts = 0
  let refused = 0
  let delivered = 0
  let lastPostAt = 0
  let most = 0

  const begin = (one: Worker): void => {
    while (one.left > one.underWay.length && one.underWay.length < CONCURRENCY && one.cpu >= POST_CPU_MS) {
      if (one.rate.ask(now) > 0) return
      one.cpu -= POST_CPU_MS
      attempts++
      const isTaken = bucket.take()
      one.underWay.push({ startedAt: now, endsAt: now + ANSWER_MS, isTaken })
    }
  }
  const end = (one: Worker): void => {
    // All take the same time: who began first ends first.
    const others = one.underWay.findIndex(({ endsAt }) => endsAt > now)
    for (const { isTaken, startedAt } of one.underWay.splice(0, others < 0 ? one.underWay.length : others)) {
      if (!isTaken) {
        refused++
        one.rate.refused(now, startedAt)
        continue
      }
      one.rate.delivered(now)
      one.left--
      delivered++
      lastPostAt = now
    }
  }

  /** Each worker keeps what it has learnt of the rate: an environment takes one batch after the other. */
  const rates: Rate[] = []
  while (delivered < connections) {
    now += STEP_MS
    const active = all.filter(one => one.endedAt === undefined)
    // Whose turn is first changes: nobody has the bucket to themselves.
    const turn = (now / STEP_MS) % active.length
    for (const one of [...active.slice(turn), ...active.slice(0, turn)]) {
      if (now < one.startsAt) continue
      one.cpu = Math.min(one.cpu + STEP_MS, STEP_MS)
      end(one)
      begin(one)
      if (one.left > 0) continue
      one.endedAt = now
      rates.push(one.rate)
      if (one !== first) continue
      // The rest goes to the queue once the update's own posts are out.
      for (let i = 0; i < WORKERS && waiting.length > 0; i++) all.push(worker(waiting.shift() ?? 0, now + TASK_MS))
    }
    const busy = all.filter(one => one.endedAt === undefined).length
    most = Math.max(most, busy)
    if (first.endedAt !== undefined)
      for (let i = busy; i < WORKERS && waiting.length > 0; i++)
        all.push(worker(waiting.shift() ?? 0, now, rates.pop()))
  }

  const billedMs = all.reduce(
    (sum, one) => sum + ((one.endedAt ?? now) - Math.min(one.startsAt, one.endedAt ?? now)),
    0,
  )
  const gbSeconds = (billedMs / 1000) * MEMORY_GB
  const invocations = 1 + Math.ceil(tasks / BATCH)
  const dollars =
    connections * AWS.message.dollars +
    invocations * AWS.lambdaRequest.dollars +
    gbSeconds * AWS.lambdaGbSecond.dollars +
    connections * UNITS_A_ROW * AWS.readUnit.dollars +
    3 * AWS.writeUnit.dollars +
    (tasks + 2 * Math.ceil(tasks / BATCH)) * AWS.sqsRequest.dollars +
    ((connections * MESSAGE_BYTES) / 1e9) * AWS.gigabyteOut.dollars
  const allowed = burst + (perSecond * (lastPostAt - BEFORE_MS)) / 1000
  return {
    lastPostSeconds: lastPostAt / 1000,
    ofQuota: (100 * connections) / allowed,
    refused: (100 * refused) / attempts,
    tasks,
    workers: most,
    gbSeconds,
    cents: dollars * 100,
  }
}
