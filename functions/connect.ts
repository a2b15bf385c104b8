import { SUBPROTOCOL } from '../protocol/limits.ts'
import { openConnection } from './steps/open-connection.ts'
import { openConnections, openSettings } from './store/open.ts'
import { readConnection, type WebSocketEvent } from './websocket/event.ts'

const services = { ...openSettings(), ...openConnections() }

/** `$connect`: the connection opens only when this has answered, with the one subprotocol that both sides speak. */
export async function handler(event: WebSocketEvent) {
  await openConnection(services, readConnection(event))
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
}
