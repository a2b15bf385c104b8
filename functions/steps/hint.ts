import type { MembershipChanged } from '../../protocol/events.ts'
import { deliver } from '../gateway/deliver.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { AudienceRow } from '../store/connections.ts'
import type { Services } from './services.ts'

/** A user's connections that are told of a membership; a hint is no promise. */
const AT_MOST = 200
const HINT_MS = 2_000

/**
 * Tells a user's connections that a membership changed, so that they sync. The membership is written by now: what is not
 * reached syncs later by itself, and what fails here fails nobody's request.
 */
export async function hint(
  services: Pick<Services, 'connections' | 'poster' | 'clock' | 'rate' | 'random'>,
  user: string,
  message: MembershipChanged,
): Promise<void> {
  const { connections, clock } = services
  const isCurrent = (row: AudienceRow): boolean => row.tokenExpiresAt > clock.now()
  async function* recipients(): AsyncGenerator<AudienceRow> {
    for await (const row of connections.audience(`user:${user}`)) if (isCurrent(row)) yield row
  }
  try {
    await deliver(services, recipients(), payloadOf(message), {
      deadline: clock.now() + HINT_MS,
      limit: AT_MOST,
      concurrency: 16,
      mayPost: isCurrent,
    })
  } catch (error) {
    console.error('a hint failed; the next sync brings what it was about', { group: message.group, error })
  }
}
