import type { Me, SettingsDocument } from '../../protocol/documents.ts'
import type { CustomEvent, ServerEvent } from '../../protocol/events.ts'
import { createDocuments, type Documents, type Outcome } from './documents.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createTimer, type Environment } from './environment.ts'
import { STARTING, type Connection } from './machine.ts'
import type { Freshness } from './types.ts'

/** Names under which the emitter carries what is not an event of the server; no event's name holds a space. */
export const CHANGED = ' changed'
/** An event that the application was told, for the other tabs. */
export const TOLD = ' told'

/** Ids of custom events that are remembered, to drop what arrives twice. */
const REMEMBERED_IDS = 256

/** What the application sees of the client, and the only way to change it. */
export interface State {
  readonly documents: Documents
  readonly emitter: Emitter
  readonly connection: Connection
  readonly freshness: Freshness
  /** The moment up to which the documents count as fresh, in ms since 1970. */
  readonly freshUntil: number
  user: string | undefined
  connectionId: string | undefined
  /** Tells the application what came of a message, and that something changed. */
  apply(outcome: Outcome): void
  /** A custom event, unless its id was seen just now. */
  custom(event: CustomEvent): void
  tell(event: ServerEvent): void
  connect(connection: Connection): void
  /** The documents are known to be right, and count as fresh until `until`. */
  prove(until: number): void
  /** There is no more proof from now on: fresh for the time of grace only. */
  doubt(graceMs: number): void
  /** Documents from elsewhere than the server, stale until a sync. */
  seed(documents: SettingsDocument[]): void
  forget(): void
}

export function createState(environment: Environment, bootstrap?: Me): State {
  const documents = createDocuments()
  const emitter = createEmitter(error => environment.report(error))
  const expiry = createTimer(environment)
  const seen = new Set<string>()
  let connection = STARTING
  let freshUntil = 0

  const changed = () => emitter.emit(CHANGED)

  const state: State = {
    documents,
    emitter,
    user: bootstrap?.user,
    connectionId: undefined,
    get connection() {
      return connection
    },
    get freshness() {
      // By the clock, not by the timer: the timers of a frozen page stand still.
      if (environment.now() < freshUntil) return 'fresh'
      return freshUntil || documents.held.size ? 'stale' : 'initializing'
    },
    get freshUntil() {
      return freshUntil
    },
    apply({ events }) {
      changed()
      for (const event of events) state.tell(event)
    },
    custom(event) {
      if (seen.has(event.id)) return
      seen.add(event.id)
      for (const oldest of seen) {
        if (seen.size <= REMEMBERED_IDS) break
        seen.delete(oldest)
      }
      state.tell(event)
    },
    tell(event) {
      emitter.emit(TOLD, event)
      if ('data' in event) emitter.emit(event.event, event.data, event)
      else emitter.emit(event.event, event)
    },
    connect(next) {
      if (next === connection) return
      connection = next
      changed()
    },
    prove(until) {
      if (connection.state === 'closed') return
      freshUntil = until
      expiry.start(until - environment.now(), changed)
      changed()
    },
    doubt(graceMs) {
      const until = environment.now() + graceMs
      if (until < freshUntil) state.prove(until)
    },
    seed(snapshot) {
      documents.replace(snapshot)
      changed()
    },
    forget() {
      documents.replace([])
      freshUntil = 0
      expiry.stop()
      changed()
    },
  }
  if (bootstrap) documents.replace(bootstrap.documents)
  return state
}
