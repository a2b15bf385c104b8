import { KEEP_ALIVE_SECONDS } from '../protocol/limits.ts'
import { syncMessage } from '../protocol/schemas/messages.ts'
import { iso } from './core/clock.ts'
import { syncedParts } from './core/messages.ts'
import { openGateway } from './gateway/open.ts'
import { payloadOf } from './gateway/payload.ts'
import { closeConnections } from './steps/close-connections.ts'
import { sync } from './steps/sync.ts'
import { openConnections, openSettings } from './store/open.ts'
import { answerMessage, readConnection, tokenExpired, type WebSocketEvent } from './websocket/event.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway() }

/** How long the farewell to a connection whose token has expired may take. */
const CLOSE_MS = 5_000

/**
 * `sync`: what the client does not have yet. The last part of the answer is the route response; parts before it, where one
 * frame cannot hold everything, are posted first, one after the other.
 */
export async function handler(event: WebSocketEvent) {
  return answerMessage(event, syncMessage, async ({ ref, known }) => {
    const connection = readConnection(event)
    const { connectionId } = connection
    const result = await sync(services, connection, known)
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
      // Without this part the last one would make the client believe that it has everything.
      if (outcome !== 'delivered') throw new Error(`a part of the answer was not delivered: ${outcome}`)
    }
    return last
  })
}
