import type { ServerEvent, SystemEvent } from '../../protocol/events.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import { BEARER_PREFIX, SUBPROTOCOL, SYNC_ANSWER_MS } from '../../protocol/limits.ts'
import type { Documents } from './documents.ts'
import { createTimer, type Environment } from './environment.ts'
import type { LossReason } from './machine.ts'

/** One WebSocket, from dialling to its end. */
export interface Link {
  open: boolean
  /** When the token ends with which it was opened or renewed, in ms since 1970; NaN where that cannot be read. */
  expiresAt: number
  /** Asks for what is new, once it is open; answers not in time lose the link. */
  sync: () => void
  send(message: ClientMessage): void
  /** The owner has no more use for it: nothing is heard of it again. */
  close(): void
}

export interface LinkHandlers {
  message(event: ServerEvent): void
  /** The socket closed, an answer stayed out, or the server could not answer. Said once. */
  lost(reason: LossReason): void
}

/** Opens a WebSocket and syncs as soon as it is open. */
export function openLink(
  environment: Environment,
  url: string,
  token: string,
  documents: Documents,
  on: LinkHandlers,
): Link {
  const socket = environment.openSocket(url, [SUBPROTOCOL, BEARER_PREFIX + token])
  /** For the answer to a sync, and then until the next sync. */
  const timer = createTimer(environment)
  let ref: number | undefined
  let waiting = false

  const close = () => {
    link.open = false
    socket.onopen = socket.onmessage = socket.onclose = null
    timer()
    socket.close(1000)
  }
  const lose = (reason: LossReason) => {
    close()
    on.lost(reason)
  }
  const awaitAnswer = () => {
    waiting = true
    timer(SYNC_ANSWER_MS, () => lose('silent'))
  }

  const link: Link = {
    open: false,
    expiresAt: NaN,
    sync() {
      const message = documents.ask()
      ref = message.ref
      link.send(message)
      // Whoever asks again and again must not wait for ever.
      if (!waiting) awaitAnswer()
    },
    send: message => socket.send(JSON.stringify(message)),
    close,
  }

  socket.onopen = () => {
    link.open = true
    link.sync()
  }
  socket.onclose = () => lose(link.open ? 'dropped' : 'refused')
  socket.onmessage = ({ data }) => {
    const event = parse(data)
    // API Gateway's own error frames have no event.
    if (!event?.event) return
    if (event.event === 'Synced') {
      // Any answer is a sign of life. The next sync comes up to a tenth earlier than it must, so that clients that began
      // together do not ask together for ever.
      if (waiting) awaitAnswer()
      if (event.ref === ref && !event.more) {
        waiting = false
        timer(event.keepAliveSeconds * (1000 - 100 * environment.random()), link.sync)
      }
    }
    if (event.event === 'Error' && event.ref === ref) lose('error')
    on.message(event)
  }
  return link
}

function parse(data: unknown): SystemEvent | undefined {
  try {
    return JSON.parse(data as string) as SystemEvent
  } catch {
    return undefined
  }
}
