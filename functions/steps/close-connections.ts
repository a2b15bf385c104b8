import type { SignedOut } from '../../protocol/events.ts'
import { mapBounded } from '../core/concurrency.ts'
import { deliver } from '../gateway/deliver.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Services } from './services.ts'

/** Connections closed at once. */
const CLOSES = 16

/** Tells connections why, then closes them. `$disconnect` deletes their rows. */
export async function closeConnections(
  services: Pick<Services, 'poster' | 'closer' | 'clock' | 'rate' | 'random'>,
  rows: readonly { connectionId: string }[],
  why: SignedOut,
  deadline: number,
): Promise<void> {
  await deliver(services, toAsync(rows), payloadOf(why), { deadline, limit: rows.length, concurrency: CLOSES })
  await mapBounded(rows, CLOSES, row => services.closer.close(row.connectionId))
}

/** A list as the stream that a delivery takes. */
export async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
