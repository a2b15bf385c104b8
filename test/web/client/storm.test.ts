import { expect, it } from 'vitest'
import { histogram, storm } from './support/storm.ts'

const most = (times: readonly number[], width: number): number =>
  Math.max(...histogram(times, width).map(({ count }) => count))

it('500 clients that are cut at once come back spread over the jitter window, each once', async () => {
  const { attempts, connected, lostAgain, keepAlives } = await storm(500, 0, 500, 600_000)
  expect(connected).toHaveLength(500)
  expect(attempts).toHaveLength(500)
  expect(lostAgain).toBe(0)
  expect(Math.min(...attempts)).toBeGreaterThanOrEqual(500)
  expect(Math.max(...attempts)).toBeLessThanOrEqual(2_000)
  // Evenly: no tenth of the window has twice its share.
  expect(most(attempts, 150)).toBeLessThan(100)
  // Nor do their keep-alives meet later.
  expect(keepAlives.length).toBeGreaterThanOrEqual(500)
  expect(most(keepAlives, 1_000)).toBeLessThan(50)
})

it('after an outage the attempts have spread: what was refused comes later, and no second wave follows the first', async () => {
  const { attempts, connected, lostAgain } = await storm(300, 20_000, 100, 120_000)
  expect(connected).toHaveLength(300)
  expect(lostAgain).toBe(0)
  expect(
    most(
      attempts.filter(at => at > 20_000),
      1_000,
    ),
  ).toBeLessThan(60)
  expect(Math.max(...connected)).toBeLessThan(60_000)
})
