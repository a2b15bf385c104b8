import type { Me, SettingsDocument } from '../../protocol/documents.ts'
import type { ServerEvent } from '../../protocol/events.ts'
import type { Cache } from './cache.ts'
import { createDocuments, type Documents, type GroupRole, type Outcome } from './documents.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createTimer, type Environment } from './environment.ts'
import { STARTING, type Connection } from './machine.ts'
import type { Freshness } from './types.ts'

/** Under this name the emitter tells that something has changed; no event of the server holds a space. */
export const CHANGED = ' changed'

/** Ids of custom events that are remembered, to drop what arrives twice. */
const REMEMBERED_IDS = 256

/** What the application sees change: its `Grants` are this object, with methods. */
export interface View {
  user: string | undefined
  connection: Connection
  readonly freshness: Freshness
  readonly groups: readonly GroupRole[]
  connectionId: string | undefined
}

/** What the client knows. The methods change it, and tell that it has changed. */
export interface State {
  readonly documents: Documents
  readonly emitter: Emitter
  readonly view: View
  /** The moment up to which the documents count as fresh, in ms since 1970; 0 where they never did. */
  freshUntil: number
  /**
   * Tells the application what came of a message. The documents count as fresh until `freshUntil`, where that is given, from
   * the very moment on in which they become the new ones.
   */
  apply(outcome: Outcome, freshUntil?: number): void
  /** Tells the application an event of the server; a custom one only if its id was not seen just now. */
  tell(event: ServerEvent): void
  connect(connection: Connection): void
  /** There is no more proof from now on: fresh for the time of grace only. */
  doubt(graceMs: number): void
  /** Whose documents these are. Those of another user are forgotten; where there are none, the cached ones are taken. */
  identify(user: string | undefined): void
  forget(): void
}

export function createState(environment: Environment, cache?: Cache, bootstrap?: Me): State {
  const documents = createDocuments()
  const emitter = createEmitter(error => environment.report(error))
  const expiry = createTimer(environment)
  const seen = new Set<string>()

  const changed = (outcome?: Outcome, freshUntil?: number) => emitter.emit(CHANGED, outcome, freshUntil)

  const freshen = (until: number) => {
    state.freshUntil = until
    expiry(until - environment.now(), changed)
  }

  const seed = (snapshot: SettingsDocument[] = []) => {
    documents.replace(snapshot)
    changed()
  }

  const view: View = {
    user: bootstrap?.user,
    connection: STARTING,
    get freshness() {
      // By the clock, not by the timer: the timers of a frozen page stand still.
      if (environment.now() < state.freshUntil) return 'fresh'
      return state.freshUntil || documents.held.size ? 'stale' : 'initializing'
    },
    get groups() {
      return documents.groups
    },
    connectionId: undefined,
  }

  const state: State = {
    documents,
    emitter,
    view,
    freshUntil: 0,
    apply(outcome, until) {
      if (until) freshen(until)
      changed(outcome, until)
      for (const event of outcome.events) emitter.emit(event.event, event)
    },
    tell(event) {
      const custom = 'data' in event
      if (custom) {
        if (seen.has(event.id)) return
        seen.add(event.id)
        for (const oldest of seen) if (seen.size > REMEMBERED_IDS) seen.delete(oldest)
      }
      emitter.emit(event.event, ...(custom ? [event.data] : []), event)
    },
    connect(next) {
      if (next === view.connection) return
      view.connection = next
      changed()
    },
    doubt(graceMs) {
      const until = environment.now() + graceMs
      if (until >= state.freshUntil) return
      freshen(until)
      changed()
    },
    identify(user) {
      if (view.user !== undefined && view.user !== user) state.forget()
      view.user = user
      if (user !== undefined && !documents.held.size) seed(cache?.read(user))
    },
    forget() {
      state.freshUntil = 0
      expiry()
      cache?.write()
      seed()
    },
  }
  if (bootstrap) documents.replace(bootstrap.documents)
  return state
}
