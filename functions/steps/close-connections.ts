import type { SignedOut } from '../../protocol/events.ts'
import { mapBounded } from '../core/concurrency.ts'
import { deliver } from '../gateway/deliver.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Services } from './services.ts'

/** Connections closed at once. */
const CLOSES = 16

/**
 * Tells connections why, then closes them. `$disconnect` deletes their rows. No close begins after the deadline: each may take
 * its four attempts, and whoever waits for the broadcast before it must not.
 *
 * @returns those that were closed: the others are still open, so their rows must stay
 */
export async function closeConnections<T extends { connectionId: string }>(
  services: Pick<Services, 'poster' | 'closer' | 'clock' | 'rate' | 'random'>,
  rows: readonly T[],
  why: SignedOut,
  deadline: number,
): Promise<T[]> {
  await deliver(services, toAsync(rows), payloadOf(why), { deadline, limit: rows.length, concurrency: CLOSES })
  const closed: T[] = []
  await mapBounded(rows, CLOSES, async row => {
    if (services.clock.now() >= deadline) return
    await services.closer.close(row.connectionId)
    closed.push(row)
  })
  return closed
}

/** A list as the stream that a delivery takes. */
export async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
