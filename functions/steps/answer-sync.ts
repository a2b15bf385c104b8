import type { Synced } from '../../protocol/events.ts'
import type { Subject } from '../../protocol/ids.ts'
import { KEEP_ALIVE_SECONDS } from '../../protocol/limits.ts'
import { iso } from '../core/clock.ts'
import { syncedParts, tokenExpired } from '../core/messages.ts'
import { payloadOf } from '../gateway/payload.ts'
import type { Connection } from '../store/connections.ts'
import { closeConnections } from './close-connections.ts'
import type { Services } from './services.ts'
import { sync, type Known } from './sync.ts'

/** How long the farewell to a connection whose token has expired may take. */
const CLOSE_MS = 5_000

/**
 * Answers a sync. Where one frame cannot hold everything, the parts before the last one are posted, one after the other.
 *
 * @returns the last part, which is to be sent after them; undefined where the connection was closed, since its token expired
 * @throws Error where a part could not be posted: the client must not believe that it has everything
 */
export async function answerSync(
  services: Pick<Services, 'log' | 'memberships' | 'connections' | 'poster' | 'closer' | 'clock' | 'rate' | 'random'>,
  connection: Connection,
  { ref, known, admin }: { ref?: string | number | undefined; known: Known; admin?: Subject[] | undefined },
): Promise<Synced | undefined> {
  const { connectionId } = connection
  const result = await sync(services, connection, known, admin)
  if (result === 'expired') {
    await closeConnections(services, [connection], tokenExpired, services.clock.now() + CLOSE_MS)
    return undefined
  }
  const head = {
    ...(ref === undefined ? {} : { ref }),
    connectionId,
    keepAliveSeconds: KEEP_ALIVE_SECONDS,
    serverTime: iso(services.clock.now()),
  }
  const { first, last } = syncedParts(head, result.documents, result.gone)
  for (const part of first) {
    const outcome = await services.poster.post(connectionId, payloadOf(part))
    if (outcome !== 'delivered') throw new Error(`a part of the answer was not delivered: ${outcome}`)
  }
  return last
}
