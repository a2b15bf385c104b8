import { syncMessage } from '../protocol/schemas/messages.ts'
import { openGateway } from './gateway/open.ts'
import { answerSync } from './steps/answer-sync.ts'
import { openConnections, openSettings } from './store/open.ts'
import { answerMessage, readConnection, type WebSocketEvent } from './websocket/event.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway() }

/** `sync`: what the client does not have yet. The last part of the answer is the route response. */
export async function handler(event: WebSocketEvent) {
  return answerMessage(event, syncMessage, message => answerSync(services, readConnection(event), message))
}
