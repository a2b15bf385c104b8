import { closeConnection } from './steps/close-connection.ts'
import { openConnections, openSettings } from './store/open.ts'
import { readConnection, type WebSocketEvent } from './websocket/event.ts'

const services = { ...openSettings(), ...openConnections() }

/** `$disconnect`: best effort on API Gateway's side, so nothing depends on it. */
export async function handler(event: WebSocketEvent) {
  await closeConnection(services, readConnection(event))
  return { statusCode: 200 }
}
