import type { Clock } from '../core/clock.ts'
import type { Rate } from '../core/rate.ts'
import type { Payload } from './payload.ts'
import type { Poster, PostOutcome } from './poster.ts'

/** Anything that can be posted to. */
export interface Target {
  connectionId: string
}

export interface DeliverOptions<T extends Target = Target> {
  /** No post begins after this time, ms since 1970. */
  deadline: number
  /** Targets at most. */
  limit: number
  /** Posts under way at once. */
  concurrency: number
  /** Asked before every attempt, the first and those after a wait: a target that may not be posted to is unreached. */
  mayPost?: (target: T) => boolean
}

export interface DeliveryReport<T> {
  delivered: number
  /** Answered with 410. */
  gone: T[]
  /** Tried without success until the deadline or the last attempt. */
  unreached: T[]
  /** Targets that were taken from the audience. */
  taken: number
  /** The last target that was taken. */
  last: T | undefined
  /** Whether the audience has ended. Otherwise its rest comes after `last`, or is all of it where nobody was taken. */
  ended: boolean
}

export interface Delivering {
  poster: Poster
  clock: Clock
  rate: Rate
  /** 0 to 1, for jitter. */
  random: () => number
}

/** Attempts for one target that end without an answer or in a 5xx, the first included. */
const ATTEMPTS = 5
/**
 * A TLS handshake costs more than a post: a small audience is served by few sockets, a large one by all; and any by those that
 * the broadcast before left open.
 */
const FIRST_WORKERS = 16
const TARGETS_PER_WORKER = 8

/**
 * Posts one payload to every target, a bounded number at a time, reading the audience only as fast as posts go out, so
 * memory does not grow with it. 429 and failures are tried again with full jitter, inside the deadline.
 *
 * @throws what the poster throws: a refusal that no retry can change
 */
export async function deliver<T extends Target>(
  { poster, clock, rate, random }: Delivering,
  audience: AsyncIterable<T>,
  payload: Payload,
  { deadline, limit, concurrency, mayPost = () => true }: DeliverOptions<T>,
): Promise<DeliveryReport<T>> {
  const report: DeliveryReport<T> = { delivered: 0, gone: [], unreached: [], taken: 0, last: undefined, ended: false }
  const targets = audience[Symbol.asyncIterator]()
  const stream: { state: 'taking' | 'ended' | 'stopped' } = { state: 'taking' }
  let turn: Promise<unknown> = Promise.resolve()

  /** The next target; one worker asks at a time, since the audience is one stream. */
  const take = (): Promise<T | undefined> => {
    const mine = turn.then(async () => {
      if (stream.state === 'taking' && clock.now() >= deadline) stream.state = 'stopped'
      if (stream.state !== 'taking') return undefined
      const next = await targets.next()
      if (next.done === true) stream.state = 'ended'
      else if (report.taken === limit) stream.state = 'stopped'
      else {
        report.taken++
        report.last = next.value
        return next.value
      }
      return undefined
    })
    turn = mine.catch(() => undefined)
    return mine
  }

  let line: Promise<boolean> = Promise.resolve(true)
  /** Waits until the rate lets a post go; one worker asks at a time. False where the deadline comes first. */
  const paced = (): Promise<boolean> => {
    line = line.then(async () => {
      for (;;) {
        const wait = rate.ask(clock.now())
        if (clock.now() + wait >= deadline) return false
        if (wait === 0) return true
        await clock.sleep(wait)
      }
    })
    return line
  }

  const post = async (target: T): Promise<PostOutcome> => {
    for (let failures = 0; ;) {
      const mayGo = rate.perSecond === Infinity ? clock.now() < deadline : await paced()
      if (!mayGo || !mayPost(target)) return 'failed'
      const startedAt = clock.now()
      const outcome = await poster.post(target.connectionId, payload)
      if (outcome === 'delivered') rate.delivered(clock.now())
      if (outcome === 'delivered' || outcome === 'gone') return outcome
      // A refusal for too many requests says nothing about the target: it is tried until the deadline.
      if (outcome === 'throttled') rate.refused(clock.now(), startedAt)
      else if (++failures === ATTEMPTS) return outcome
      await clock.sleep(Math.min(random() * 50 * 2 ** failures, Math.max(0, deadline - clock.now())))
    }
  }

  const workers: Promise<void>[] = []
  const { kept = 0 } = poster
  const worker = async (): Promise<void> => {
    for (let target = await take(); target !== undefined; target = await take()) {
      if (workers.length < Math.min(concurrency, Math.max(kept, FIRST_WORKERS + report.taken / TARGETS_PER_WORKER)))
        hire()
      const outcome = await post(target)
      if (outcome === 'delivered') report.delivered++
      else if (outcome === 'gone') report.gone.push(target)
      else report.unreached.push(target)
    }
  }
  const hire = (): void => {
    workers.push(
      worker().catch((error: unknown) => {
        stream.state = 'stopped'
        throw error
      }),
    )
  }
  hire()
  let failure: { error: unknown } | undefined
  // Workers are hired while others work, so the list grows under this loop.
  for (const [index] of workers.entries()) await workers[index]?.catch((error: unknown) => void (failure ??= { error }))
  await targets.return?.()
  if (failure !== undefined) throw failure.error
  report.ended = stream.state === 'ended'
  return report
}
