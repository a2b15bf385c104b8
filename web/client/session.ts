import type { ServerEvent, SystemEvent } from '../../protocol/events.ts'
import { SYNC_ANSWER_MS } from '../../protocol/limits.ts'
import type { Cache } from './cache.ts'
import type { Outcome } from './documents.ts'
import { createTimer, type Environment, type PageSignal } from './environment.ts'
import { openLink, type Link } from './link.ts'
import { transition, type Connection, type EndReason, type Input, type LossReason } from './machine.ts'
import { startPoll, type Poll, type WithToken } from './poll.ts'
import type { State } from './state.ts'
import { createTabs } from './tabs.ts'
import * as timing from './timing.ts'
import { readClaims } from './token.ts'
import type { ConnectOptions } from './types.ts'

/** Keeps the state in step with the server. */
export interface Session {
  start(): void
  page: (signal: PageSignal) => void
  end(reason: EndReason): void
}

export function createSession(
  environment: Environment,
  state: State,
  { webSocketUrl, httpUrl, getToken, shared = true, graceMs = timing.GRACE_MS }: ConnectOptions,
  name: string,
  cache: Cache | undefined,
): Session {
  const { documents, view } = state
  /** The end of the attempt that is under way, or else the beginning of the next one. */
  const next = createTimer(environment)
  const renewal = createTimer(environment)
  /** The connection in use, and the one that is to take over: the first of all is a successor without a predecessor. */
  let current: Link | undefined
  let successor: Link | undefined
  let poll: Poll | undefined
  /** The attempt that is under way, and since when: what waited for a token knows by it whether it is still wanted. */
  let attempt: { at: number } | undefined
  let takenOverAt = 0
  let failures = 0
  /** No WebSocket has come up since polling began. */
  let blocked = false
  /** The token that the last attempt asked for, in case that the attempt first had to wait for the lock. */
  let spare: string | undefined
  /** How far the server's clock is ahead, in ms: the browser's may be wrong by hours. */
  let serverAhead = 0

  const input = (happened: Input, reason?: Connection['reason']) =>
    state.connect(transition(view.connection, happened, reason))
  const newest = () => (successor?.open ? successor : current)

  const stopAttempt = () => {
    attempt = undefined
    next()
    successor?.close()
    successor = undefined
  }

  const hangUp = () => {
    stopAttempt()
    renewal()
    if (!current) return
    if (environment.now() - takenOverAt >= timing.HEALTHY_MS) failures = 0
    current.close()
    current = view.connectionId = undefined
    state.doubt(graceMs)
  }

  const stop = () => {
    hangUp()
    poll = poll?.stop()
  }

  const end = (reason: EndReason) => {
    tabs?.leave()
    stop()
    if (reason === 'closed') state.doubt(0)
    else state.forget()
    input('end', reason)
  }

  /** A link is lost, or an attempt before it had one. The current connection, if it is another, goes on and asks again. */
  const lose = (reason: LossReason, link: Link | undefined) => {
    if (current && link !== current) {
      stopAttempt()
      current.sync()
    } else {
      const blocks = !current && (reason === 'silent' || failures >= timing.BLOCKED_AFTER)
      hangUp()
      input('lost', reason)
      if (blocks) fallBack()
    }
    const ceiling = Math.min(timing.RETRY_CAP_MS, timing.RETRY_FIRST_CEILING_MS * 2 ** failures++)
    next(timing.RETRY_FLOOR_MS + environment.random() * (ceiling - timing.RETRY_FLOOR_MS), dial)
  }

  /** Asks for a token and goes on with it, if it is still wanted by then. */
  const withToken: WithToken = async (wanted, go, failed) => {
    try {
      const token = spare ?? (await getToken())
      spare = undefined
      if (!wanted()) return
      const { sub, exp } = readClaims(token)
      state.identify(sub)
      go(token, Number(exp) * 1000)
    } catch (error) {
      if (!wanted()) return
      // By its name, since an application may carry two copies of this package.
      if ((error as Error | undefined)?.name === 'UnauthorizedError') return end('unauthorized')
      environment.report(error)
      failed()
    }
  }

  function dial() {
    stopAttempt()
    const mine = (attempt = { at: environment.now() })
    input('dial')
    next(timing.ATTEMPT_MS, () => lose('silent', successor))
    if (blocked) fallBack()
    void withToken(
      () => mine === attempt,
      (token, expiresAt) => {
        if (tabs && !tabs.leads(view.user)) {
          stop()
          spare = token
          return next(timing.RECENT_MS, () => (spare = undefined))
        }
        const link = openLink(environment, webSocketUrl, token, documents, {
          message: event => hear(link, event),
          lost: reason => lose(reason, link),
        })
        link.expiresAt = expiresAt
        successor = link
      },
      () => lose('token', successor),
    )
  }

  function fallBack() {
    if (httpUrl === undefined) return
    blocked = true
    input('fallback')
    poll ??= startPoll(environment, documents, {
      url: `${httpUrl}/me`,
      watched: () => environment.visible() || tabs?.watched,
      busy: () => newest() !== undefined,
      withToken,
      apply,
    })
  }

  const takeOver = (link: Link) => {
    successor = undefined
    blocked = false
    poll = poll?.stop()
    current?.close()
    current = link
    input('synced', 'synced')
    takenOverAt = environment.now()
    next(timing.HAND_OVER_MS + environment.random() * timing.HAND_OVER_JITTER_MS, dial)
  }

  const renew = () => {
    const link = current
    const { user } = view
    void withToken(
      () => link === current,
      token => {
        if (user === view.user) link?.send({ event: 'renew', token })
        else lose('token', link)
      },
      () => lose('token', successor),
    )
  }

  const renewInTime = ({ expiresAt }: Link) => {
    if (!expiresAt) return
    const left = expiresAt - environment.now() - serverAhead
    renewal(Math.max(timing.RENEW_MIN_MS, left - timing.RENEW_AHEAD_MS, left / 2), renew)
  }

  const apply = (outcome: Outcome, validMs?: number) => {
    state.apply(outcome, validMs && environment.now() + validMs + graceMs)
    if (outcome.changed) cache?.write(view.user, [...documents.held.values()])
    if (outcome.sync) newest()?.sync()
  }

  const hear = (link: Link, received: ServerEvent) => {
    const event = received as SystemEvent
    switch (event.event) {
      case 'Synced': {
        const complete = event.ref === documents.ref && !event.more
        const outcome = documents.answer(event)
        if (!complete) return apply(outcome)
        if (link === successor) takeOver(link)
        view.connectionId = tabs ? undefined : event.connectionId
        serverAhead = Date.parse(event.serverTime) - environment.now()
        renewInTime(link)
        return apply(outcome, event.keepAliveSeconds * 1000 + SYNC_ANSWER_MS)
      }
      case 'UserUpdated':
        return apply(documents.push(event))
      case 'MembershipChanged':
        return apply(documents.hint(event))
      case 'Renewed':
        link.expiresAt = Date.parse(event.tokenExpiresAt)
        return renewInTime(link)
      default:
        tell(received, link)
    }
  }

  /** What no document tells of. Without a link another tab has heard it, and reconnects if need be. */
  const tell = (received: ServerEvent, link?: Link) => {
    // First the other tabs: a listener may close this one.
    tabs?.tell(received)
    state.tell(received)
    const event = received as SystemEvent
    if (event.event !== 'SignedOut') return
    if (!event.reconnect) end('signed_out')
    else if (link) lose('expired', link)
  }

  const start = () => {
    blocked ||= view.connection.state === 'polling'
    state.doubt(graceMs)
    if (view.connection.state !== 'connecting') input('lost', 'takeover')
    dial()
  }

  const wake = () => {
    state.doubt(graceMs)
    if (tabs?.follows) return tabs.ask(true)
    poll?.wake()
    const link = newest()
    if (link) link.sync()
    else if (!attempt || environment.now() - attempt.at > timing.RECENT_MS) dial()
  }

  const tabs = shared ? createTabs(environment, state, { name, start, stop, wake, tell }) : undefined

  return {
    start: dial,
    end,
    page(signal) {
      if (view.connection.state === 'closed') return
      if (signal === 'suspend') {
        tabs?.leave()
        stop()
        input('lost', 'suspended')
      } else wake()
    },
  }
}
