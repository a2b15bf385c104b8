import type { WebSocket } from 'ws'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_FRAME_BYTES = 32 * 1024

interface Receiver {
  _payloadLength: number
  _maxPayload: number
  haveLength(done: (error?: Error) => void): void
}

/**
 * Closes a socket with 1009 at the first frame over 32 KiB, before its payload is read. `ws` has a limit for messages only, so
 * the message's limit is lowered to the frame's when the header of such a frame has been read: `ws` then refuses it as a
 * message that is too large.
 */
export function limitFrames(socket: WebSocket): void {
  const receiver = (socket as unknown as { _receiver: Receiver })._receiver
  const haveLength = receiver.haveLength.bind(receiver)
  receiver.haveLength = done => {
    if (receiver._payloadLength > MAX_FRAME_BYTES) receiver._maxPayload = MAX_FRAME_BYTES
    haveLength(done)
  }
}
