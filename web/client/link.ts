import type { ServerEvent, SystemEvent } from '../../protocol/events.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import { BEARER_PREFIX, SUBPROTOCOL, SYNC_ANSWER_MS } from '../../protocol/limits.ts'
import type { Documents } from './documents.ts'
import { createTimer, type Environment } from './environment.ts'
import type { LossReason } from './machine.ts'

/** One WebSocket, from dialling to its end. */
export interface Link {
  readonly open: boolean
  /** Asks for what is new; answers not in time lose the link. */
  sync(): void
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
  const answer = createTimer(environment)
  const keepAlive = createTimer(environment)
  let ref: number | undefined
  let askedAt = 0
  let open = false

  const close = () => {
    open = false
    socket.onopen = socket.onmessage = socket.onclose = null
    answer.stop()
    keepAlive.stop()
    socket.close(1000)
  }
  const lose = (reason: LossReason) => {
    if (!socket.onclose) return
    close()
    on.lost(reason)
  }
  const awaitAnswer = () => answer.start(SYNC_ANSWER_MS, () => lose('silent'))

  const link: Link = {
    get open() {
      return open
    },
    sync() {
      // Several signals of the page come together, and one sync serves them all.
      if (!open || (documents.isNewest(ref) && documents.underWay && environment.now() - askedAt < 1000)) return
      const message = documents.ask()
      ref = message.ref
      askedAt = environment.now()
      link.send(message)
      awaitAnswer()
    },
    send: message => socket.send(JSON.stringify(message)),
    close,
  }

  socket.onopen = () => {
    open = true
    link.sync()
  }
  socket.onclose = () => lose(open ? 'dropped' : 'refused')
  socket.onmessage = ({ data }) => {
    const event = parse(data)
    if (!event) return
    if (event.event === 'Synced' && event.ref === ref) {
      if (event.more) {
        if (documents.underWay) awaitAnswer()
      } else {
        answer.stop()
        // Up to a tenth earlier, so that clients that began together do not ask together for ever.
        keepAlive.start(event.keepAliveSeconds * (1000 - 100 * environment.random()), () => link.sync())
      }
    }
    on.message(event)
    if (event.event === 'Error' && (event.ref === ref || event.code === 'unauthorized')) lose('error')
  }
  return link
}

/** The server's event, or undefined for what is none, such as the error frames of API Gateway itself. */
function parse(data: unknown): SystemEvent | undefined {
  try {
    const value = JSON.parse(data as string) as { event?: unknown } | null
    return typeof value?.event === 'string' ? (value as SystemEvent) : undefined
  } catch {
    return undefined
  }
}
