import type { MembershipChanged } from '../../protocol/events.ts'
import { deliver } from '../gateway/deliver.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Services } from './services.ts'

/** A user's connections that are told of a membership; a hint is no promise. */
const AT_MOST = 200
const HINT_MS = 2_000

/** Tells a user's connections that a membership changed, so that they sync. What is not reached syncs later by itself. */
export async function hint(
  services: Pick<Services, 'connections' | 'poster' | 'clock' | 'rate' | 'random'>,
  user: string,
  message: MembershipChanged,
): Promise<void> {
  await deliver(services, services.connections.audience(`user:${user}`), payloadOf(message), {
    deadline: services.clock.now() + HINT_MS,
    limit: AT_MOST,
    concurrency: 16,
  })
}
