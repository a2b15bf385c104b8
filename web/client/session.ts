import type { ServerEvent, SystemEvent } from '../../protocol/events.ts'
import { MAX_CONNECTION_SECONDS, SYNC_ANSWER_MS } from '../../protocol/limits.ts'
import type { Outcome } from './documents.ts'
import { createTimer, type Environment, type PageSignal } from './environment.ts'
import { openLink, type Link } from './link.ts'
import { transition, type EndReason, type Input, type LossReason } from './machine.ts'
import type { State } from './state.ts'
import { readClaims } from './token.ts'

/** An attempt that is not synced by then is given up, and without any success so far polling begins. */
const ATTEMPT_MS = 15_000
/** Full jitter: anything from the floor to a ceiling that doubles with each failure up to the cap. */
const RETRY_FLOOR_MS = 500
const RETRY_FIRST_CEILING_MS = 2_000
const RETRY_CAP_MS = 20_000
/** A connection that held this long was healthy, and the next retry starts from the first ceiling. */
const HEALTHY_MS = 60_000
/** The next connection is dialled 5 to 15 minutes before API Gateway would close this one. */
const HAND_OVER_MS = MAX_CONNECTION_SECONDS * 1000 - 15 * 60_000
const HAND_OVER_JITTER_MS = 10 * 60_000
/** A token is renewed a minute ahead of its expiry, or at half its time where that is shorter, but not in a loop. */
const RENEW_AHEAD_MS = 60_000
const RENEW_MIN_MS = 5_000

/** Keeps the state in step with the server. */
export interface Session {
  start(): void
  /** Lets go of the connection; `start` takes up again. */
  stop(): void
  page(signal: PageSignal): void
  end(reason: EndReason): void
}

export interface SessionOptions {
  webSocketUrl: string
  getToken: () => string | Promise<string>
  graceMs: number
}

export function createSession(environment: Environment, state: State, options: SessionOptions): Session {
  const { documents } = state
  const attemptLimit = createTimer(environment)
  const retry = createTimer(environment)
  const health = createTimer(environment)
  const handOver = createTimer(environment)
  const renewal = createTimer(environment)
  /** The connection in use, and the one that is to take over: the first of all is a successor without a predecessor. */
  let current: Link | undefined
  let successor: Link | undefined
  /** Tells an attempt that waited for its token whether it is still wanted. */
  let attempt = 0
  let failures = 0
  let expiresAt: number | undefined
  /** How far the server's clock is ahead, in ms: the browser's may be wrong by hours. */
  let serverAhead = 0

  const input = (happened: Input) => state.connect(transition(state.connection, happened))

  const stopAttempt = () => {
    attempt++
    attemptLimit.stop()
    retry.stop()
    successor?.close()
    successor = undefined
  }

  const stop = () => {
    stopAttempt()
    for (const timer of [health, handOver, renewal]) timer.stop()
    current?.close()
    current = undefined
    state.connectionId = undefined
    documents.abandon()
    state.doubt(options.graceMs)
  }

  const end = (reason: EndReason) => {
    stop()
    if (reason !== 'closed') state.forget()
    state.doubt(0)
    input({ type: 'end', reason })
  }

  const retryLater = () => {
    const ceiling = Math.min(RETRY_CAP_MS, RETRY_FIRST_CEILING_MS * 2 ** failures++)
    retry.start(RETRY_FLOOR_MS + environment.random() * (ceiling - RETRY_FLOOR_MS), dial)
  }

  /** The current connection is lost, or an attempt to get one. */
  const lose = (reason: LossReason) => {
    stop()
    input({ type: 'lost', reason })
    if (reason !== 'suspended') retryLater()
  }

  /** An attempt failed. A connection that is still there goes on, and asks again what the lost one was asked. */
  const fail = (reason: LossReason) => {
    if (!current) return lose(reason)
    stopAttempt()
    current.sync()
    retryLater()
  }

  /** Asks for a token and goes on with it, if it is still wanted by then. */
  const withToken = (wanted: () => boolean, go: (token: string) => void) => {
    const ask = async () => {
      try {
        const token = await options.getToken()
        if (!wanted()) return
        const claims = readClaims(token)
        // Another user: what is held is not theirs.
        if (state.user !== undefined && claims.user !== state.user) state.forget()
        state.user = claims.user
        expiresAt = claims.expiresAt
        go(token)
      } catch (error) {
        if (!wanted()) return
        // By its name, since an application may carry two copies of this package.
        if ((error as Error | undefined)?.name === 'UnauthorizedError') return end('unauthorized')
        environment.report(error)
        fail('token')
      }
    }
    void ask()
  }

  function dial() {
    stopAttempt()
    const mine = attempt
    input({ type: 'dial' })
    attemptLimit.start(ATTEMPT_MS, () => fail('silent'))
    withToken(
      () => mine === attempt,
      token => {
        const link = openLink(environment, options.webSocketUrl, token, documents, {
          message: event => hear(link, event),
          lost: reason => (link === current ? lose(reason) : fail(reason)),
        })
        successor = link
      },
    )
  }

  const takeOver = (link: Link) => {
    successor = undefined
    attemptLimit.stop()
    current?.close()
    current = link
    input({ type: 'synced' })
    health.start(HEALTHY_MS, () => (failures = 0))
    handOver.start(HAND_OVER_MS + environment.random() * HAND_OVER_JITTER_MS, dial)
  }

  const renew = () => {
    const link = current
    const { user } = state
    withToken(
      () => link === current,
      token => {
        if (user === state.user) link?.send({ event: 'renew', token })
        else lose('token')
      },
    )
  }

  const apply = (outcome: Outcome) => {
    state.apply(outcome)
    if (outcome.sync) newest()?.sync()
  }

  const newest = () => (successor?.open ? successor : current)

  const renewBefore = (expiry: number) => {
    const left = expiry - environment.now() - serverAhead
    renewal.start(Math.max(RENEW_MIN_MS, left - RENEW_AHEAD_MS, Math.min(left / 2, RENEW_AHEAD_MS)), renew)
  }

  const hear = (link: Link, received: ServerEvent) => {
    const event = received as SystemEvent
    switch (event.event) {
      case 'Synced': {
        const newestAnswer = documents.isNewest(event.ref)
        const outcome = documents.answer(event)
        if (newestAnswer && !event.more) {
          state.connectionId = event.connectionId
          if (link === successor) takeOver(link)
          state.prove(environment.now() + event.keepAliveSeconds * 1000 + SYNC_ANSWER_MS + options.graceMs)
          serverAhead = Date.parse(event.serverTime) - environment.now()
          if (expiresAt !== undefined) renewBefore(expiresAt)
        }
        return apply(outcome)
      }
      case 'UserUpdated':
        return apply(documents.push(event))
      case 'MembershipChanged':
        return apply(documents.hint(event))
      case 'Renewed':
        return renewBefore(Date.parse(event.tokenExpiresAt))
      case 'SignedOut':
        state.tell(event)
        if (!event.reconnect) end('signed_out')
        else if (link === current) lose('expired')
        else fail('expired')
        return
      case 'Error':
        state.tell(event)
        return
      default:
        state.custom(received as Extract<ServerEvent, { data: unknown }>)
    }
  }

  return {
    start: dial,
    stop,
    end,
    page(signal) {
      if (state.connection.state === 'closed') return
      if (signal === 'suspend') lose('suspended')
      else if (newest()) newest()?.sync()
      else if (signal === 'wake' && !attemptLimit.running) dial()
    },
  }
}
