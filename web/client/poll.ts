import type { Me } from '../../protocol/documents.ts'
import { SYNC_ANSWER_MS } from '../../protocol/limits.ts'
import { createTimer, type Environment } from './environment.ts'
import { NOTHING, type Documents, type Outcome } from './documents.ts'
import { LONGEST_POLL_MS, POLL_MS } from './timing.ts'

/** Conditional polling of `GET /me`, while no WebSocket comes up. */
export interface Poll {
  /** Asks now: somebody looks at the page again. */
  wake(): void
  stop(): undefined
}

/** Asks for a token and goes on with it, and with its expiry in ms since 1970, if it is still wanted by then. */
export type WithToken = (
  wanted: () => boolean,
  go: (token: string, expiresAt: number) => void,
  failed: () => void,
) => Promise<void>

export interface PollOptions {
  url: string
  /** False while nobody looks: then there is no poll until `wake`. */
  watched(): boolean | undefined
  /** True while a WebSocket is open. */
  busy(): boolean
  withToken: WithToken
  /** @param validMs how long the documents are known to be right, until the next poll should have been answered */
  apply(outcome: Outcome, validMs: number): void
}

/** Asks now, and again and again. */
export function startPoll(environment: Environment, documents: Documents, options: PollOptions): Poll {
  const next = createTimer(environment)
  let request: AbortController | undefined
  let wait = POLL_MS as number
  let etag: string | null = null

  const halt = () => {
    request?.abort()
    next()
    return (request = undefined)
  }
  const later = (ms: number) => {
    halt()
    wait = Math.min(LONGEST_POLL_MS, ms)
    // Up to a tenth earlier, so that clients that began together do not ask together for ever.
    next(wait * (1 - environment.random() / 10), ask)
  }
  const retry = () => later(wait * 2)

  const fetchMe = async (token: string, { signal }: AbortController) => {
    try {
      const response = await environment.fetch(options.url, {
        headers: { authorization: `Bearer ${token}`, ...(etag && { 'if-none-match': etag }) },
        cache: 'no-store',
        signal,
      })
      const me = response.ok && ((await response.json()) as Me)
      if (signal.aborted) return
      // While a WebSocket syncs, its answer is the newer one.
      if (!options.busy() && (me || response.status === 304)) {
        if (me) etag = response.headers.get('etag')
        later(me ? POLL_MS : wait * 2)
        return options.apply(me ? documents.take(me.documents) : NOTHING, wait + SYNC_ANSWER_MS)
      }
    } catch {
      // The network, or what stands in its way: the connection's reason says already that there is none.
    }
    if (!signal.aborted) retry()
  }

  function ask() {
    next()
    if (!options.watched()) return
    const mine = (request = new AbortController())
    next(SYNC_ANSWER_MS, retry)
    void options.withToken(
      () => mine === request,
      token => void fetchMe(token, mine),
      retry,
    )
  }

  ask()
  return {
    wake() {
      if (request) return
      wait = POLL_MS
      ask()
    },
    stop: halt,
  }
}
