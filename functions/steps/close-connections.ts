import type { SignedOut } from '../../protocol/events.ts'
import { mapBounded } from '../core/concurrency.ts'
import { deliver } from '../gateway/deliver.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Connection } from '../store/connections.ts'
import type { Services } from './services.ts'

/** Connections ended or closed at once. */
const AT_ONCE = 16

/**
 * Ends those connections whose token has expired, unless it was renewed since their row was read. Nothing is known of those
 * that are not reached before the deadline: the next broadcast sees to them.
 */
export async function endExpired<T extends Connection>(
  { connections, clock }: Pick<Services, 'connections' | 'clock'>,
  rows: readonly T[],
  deadline: number,
): Promise<{ ended: T[]; renewed: T[] }> {
  const ended: T[] = []
  const renewed: T[] = []
  await mapBounded(rows, AT_ONCE, async row => {
    if (clock.now() >= deadline) return
    try {
      const list = (await connections.end(row)) ? ended : renewed
      list.push(row)
    } catch (error) {
      console.error('a connection whose token has expired could not be ended', { error })
    }
  })
  return { ended, renewed }
}

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
  await deliver(services, toAsync(rows), payloadOf(why), { deadline, limit: rows.length, concurrency: AT_ONCE })
  const closed: T[] = []
  await mapBounded(rows, AT_ONCE, async row => {
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
