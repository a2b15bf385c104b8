import { answer, errorEvent, type WebSocketEvent } from './websocket/event.ts'

/** `$default`: whatever is no message of ours. The connection stays open. */
export async function handler(_event: WebSocketEvent) {
  return answer(errorEvent('unknown_event', 'Send a JSON object whose "event" is "sync" or "renew".', false))
}
