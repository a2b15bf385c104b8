import { renewMessage } from '../protocol/schemas/messages.ts'
import { InvalidTokenError } from './auth/verify-token.ts'
import { openVerifier } from './auth/open.ts'
import { iso } from './core/clock.ts'
import { GrantwireError } from './core/errors.ts'
import { tokenExpired } from './core/messages.ts'
import { renew } from './steps/renew.ts'
import { openConnections, openSettings } from './store/open.ts'
import { answerMessage, readConnection, type WebSocketEvent } from './websocket/event.ts'

const services = { ...openSettings(), ...openConnections() }
const verifier = openVerifier()

/** `renew`: a fresh token of the same user keeps the connection's deliveries going, without reconnecting. */
export async function handler(event: WebSocketEvent) {
  return answerMessage(event, renewMessage, async ({ token }) => {
    const connection = readConnection(event)
    const { user, tokenExpiresAt } = await verifier.verify(token).catch((error: unknown) => {
      if (!(error instanceof InvalidTokenError)) throw error
      throw new GrantwireError('unauthorized', 'The token is not valid. Send a fresh one.')
    })
    if (user !== connection.user)
      throw new GrantwireError('forbidden', 'The token is another user’s. Open a connection of their own with it.')
    const outcome = await renew(services, connection, tokenExpiresAt)
    return outcome === 'expired' ? tokenExpired : { event: 'Renewed', tokenExpiresAt: iso(tokenExpiresAt) }
  })
}
