import { expect, test } from 'vitest'
import { Rate } from '../../functions/core/rate.ts'
import { closeConnections } from '../../functions/steps/close-connections.ts'

test('no connection is closed after the deadline, and only those that were are named: the rows of the others stay', async () => {
  let now = 0
  const closed: string[] = []
  const services = {
    clock: { now: () => now, sleep: async () => undefined },
    poster: { post: async () => 'delivered' as const },
    // Each close takes 100 ms of the time that there is.
    closer: {
      close: async (connectionId: string) => {
        now += 100
        closed.push(connectionId)
      },
    },
    rate: new Rate(),
    random: () => 0,
  }
  const rows = Array.from({ length: 50 }, (_, i) => ({ connectionId: `c${i}` }))
  const why = { event: 'SignedOut', reason: 'token_expired', reconnect: true } as const
  const named = await closeConnections(services, rows, why, 1_000)
  expect(named.map(({ connectionId }) => connectionId)).toEqual(closed)
  expect(closed.length).toBeGreaterThan(0)
  expect(closed.length).toBeLessThan(rows.length)
  expect(now).toBeLessThanOrEqual(1_000 + 100)
})
