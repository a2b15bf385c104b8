import { describe, expect, test } from 'vitest'
import { Rate } from '../../functions/core/rate.ts'
import { deliver, type DeliverOptions } from '../../functions/gateway/deliver.ts'
import { payloadOf } from '../../functions/gateway/payload.ts'
import type { Poster, PostOutcome } from '../../functions/gateway/poster.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const payload = payloadOf({ event: 'Ping' })

async function* audience(size: number, asked?: (index: number) => void) {
  for (let i = 0; i < size; i++) {
    asked?.(i)
    yield { connectionId: `c${i}` }
  }
}

function run(size: number, poster: Poster, clock: VirtualClock, options: Partial<DeliverOptions> = {}) {
  const all = { deadline: clock.now() + 10_000, limit: 100_000, concurrency: 64, ...options }
  const rate = new Rate()
  return clock.run(deliver({ poster, clock, rate, random: () => 0.5 }, audience(size), payload, all))
}

/** A gateway that takes 10 ms for a post. */
const gateway = (clock: VirtualClock, answer: (id: string) => PostOutcome): Poster => ({
  async post(id) {
    const outcome = answer(id)
    await clock.sleep(10)
    return outcome
  },
})

describe('a token bucket that refuses what is over it', () => {
  test.each([
    [200, 100, 64],
    [1_000, 500, 128],
    [3_000, 1_500, 128],
    [3_000, 300, 128],
  ])(
    'of %i a second (burst %i, %i at a time) is used for at least 0.9 and refuses at most 5 %%',
    async (quota, burst, concurrency) => {
      const clock = new VirtualClock()
      const started = clock.now()
      let tokens = burst
      let last = clock.now()
      let refused = 0
      const poster = gateway(clock, () => {
        tokens = Math.min(burst, tokens + ((clock.now() - last) * quota) / 1000)
        last = clock.now()
        if (tokens < 1) {
          refused++
          return 'throttled'
        }
        tokens--
        return 'delivered'
      })
      const size = quota * 8
      const report = await run(size, poster, clock, { concurrency, deadline: Infinity })
      const seconds = (clock.now() - started) / 1000
      expect(report.delivered).toBe(size)
      expect(size / seconds).toBeGreaterThanOrEqual(0.9 * quota)
      expect(refused / (size + refused)).toBeLessThanOrEqual(0.05)
    },
  )
})

test('everybody is posted to once, a bounded number at a time', async () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  let now = 0
  let most = 0
  const poster: Poster = {
    async post(id) {
      seen.push(id)
      most = Math.max(most, ++now)
      await clock.sleep(5)
      now--
      return 'delivered'
    },
  }
  const report = await run(1_000, poster, clock)
  expect(report).toMatchObject({ delivered: 1_000, gone: [], unreached: [], taken: 1_000, ended: true })
  expect(new Set(seen).size).toBe(1_000)
  expect(most).toBe(64)
})

test.each([
  ['a small audience is served by few sockets', 0, 1, 26],
  ['an audience is served by the sockets that are open already, all of them at once', 40, 40, 40],
])('%s', async (_, kept, least, most) => {
  const clock = new VirtualClock()
  let now = 0
  let reached = 0
  const poster: Poster = {
    kept,
    async post() {
      reached = Math.max(reached, ++now)
      await clock.sleep(5)
      now--
      return 'delivered'
    },
  }
  await run(40, poster, clock)
  expect(reached).toBeGreaterThanOrEqual(least)
  expect(reached).toBeLessThanOrEqual(most)
})

test('gone connections are told apart from delivered ones, and are not tried again', async () => {
  const clock = new VirtualClock()
  const posts: string[] = []
  const poster = gateway(clock, id => {
    posts.push(id)
    return id === 'c3' ? 'gone' : 'delivered'
  })
  const report = await run(5, poster, clock)
  expect(report.delivered).toBe(4)
  expect(report.gone).toEqual([{ connectionId: 'c3' }])
  expect(posts).toHaveLength(5)
})

test('a failing post is tried five times, then reported as unreached; the others are delivered', async () => {
  const clock = new VirtualClock()
  let tries = 0
  const poster = gateway(clock, id => {
    if (id !== 'c1') return 'delivered'
    tries++
    return 'failed'
  })
  const report = await run(3, poster, clock)
  expect(report).toMatchObject({ delivered: 2, unreached: [{ connectionId: 'c1' }] })
  expect(tries).toBe(5)
})

test('a refusal for too many requests is tried until the deadline, since it says nothing about the connection', async () => {
  const clock = new VirtualClock()
  let tries = 0
  const report = await run(
    1,
    gateway(clock, () => (++tries < 12 ? 'throttled' : 'delivered')),
    clock,
  )
  expect(report.delivered).toBe(1)
})

test('no post begins after the deadline, and the report says where the rest begins', async () => {
  const clock = new VirtualClock()
  const deadline = clock.now() + 100
  let late = 0
  const poster = gateway(clock, () => {
    if (clock.now() >= deadline) late++
    return 'delivered'
  })
  const report = await run(10_000, poster, clock, { deadline, concurrency: 8 })
  expect(late).toBe(0)
  expect(report.delivered + report.unreached.length).toBe(report.taken)
  expect(report.taken).toBeLessThan(10_000)
  expect(report).toMatchObject({ ended: false, last: { connectionId: `c${report.taken - 1}` } })
})

test('the limit ends it likewise, but not where the audience ends with it', async () => {
  const clock = new VirtualClock()
  const poster = gateway(clock, () => 'delivered')
  expect(await run(101, poster, clock, { limit: 100 })).toMatchObject({
    delivered: 100,
    last: { connectionId: 'c99' },
    ended: false,
  })
  expect(await run(100, poster, clock, { limit: 100 })).toMatchObject({ delivered: 100, ended: true })
})

test('a refusal for good ends the delivery with that error, and nobody further is posted to', async () => {
  const clock = new VirtualClock()
  let posts = 0
  const poster: Poster = {
    async post() {
      posts++
      await clock.sleep(1)
      throw new Error('403')
    },
  }
  await expect(run(1_000, poster, clock)).rejects.toThrow('403')
  expect(posts).toBeLessThan(20)
})

test('the audience is read only as fast as posts go out', async () => {
  const clock = new VirtualClock()
  let read = 0
  let done = 0
  let ahead = 0
  const poster: Poster = {
    async post() {
      await clock.sleep(5)
      done++
      return 'delivered'
    },
  }
  const members = audience(2_000, index => {
    read = index + 1
    ahead = Math.max(ahead, read - done)
  })
  await clock.run(
    deliver({ poster, clock, rate: new Rate(), random: () => 0.5 }, members, payload, {
      deadline: Infinity,
      limit: Infinity,
      concurrency: 32,
    }),
  )
  expect(done).toBe(2_000)
  expect(ahead).toBeLessThanOrEqual(33)
})

test('a deadline that is over before anybody was posted to leaves everybody, and says so', async () => {
  const clock = new VirtualClock()
  const report = await run(
    10,
    gateway(clock, () => 'delivered'),
    clock,
    { deadline: clock.now() },
  )
  expect(report).toMatchObject({ delivered: 0, taken: 0, last: undefined, ended: false })
})
