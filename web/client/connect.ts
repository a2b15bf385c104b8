import { can } from '../../protocol/permissions.ts'
import { browserEnvironment } from './environment.ts'
import { createSession } from './session.ts'
import { CHANGED, createState } from './state.ts'
import type { ConnectOptions, CustomEvents, Grants } from './types.ts'

/** How long documents count as fresh after the connection was lost: a blip does not blank a page, an outage does. */
const GRACE_MS = 5_000

/**
 * Connects to Grantwire, stays connected, and keeps the user's settings right. Never throws: `connection` tells how it goes.
 *
 * @example
 * const grants = connect({ webSocketUrl, httpUrl, getToken: async () => accessToken })
 * grants.on('UserUpdated', ({ subject, version }) => console.log(subject, version))
 * grants.can('invoice.approve')
 */
export function connect<E = CustomEvents>(options: ConnectOptions): Grants<E> {
  const environment = options.environment ?? browserEnvironment()
  const state = createState(environment, options.bootstrap)
  const { documents, emitter } = state
  const session = createSession(environment, state, {
    webSocketUrl: options.webSocketUrl,
    getToken: options.getToken,
    graceMs: options.graceMs ?? GRACE_MS,
  })
  const leavePage = environment.onPage(signal => session.page(signal))

  const grants: Grants = {
    can: (permission, { group } = {}) => state.freshness === 'fresh' && can(documents.held.values(), permission, group),
    settings: subject => documents.held.get(subject)?.settings,
    version: subject => documents.held.get(subject)?.version,
    get groups() {
      return documents.groups
    },
    get user() {
      return state.user
    },
    get connection() {
      return state.connection
    },
    get freshness() {
      return state.freshness
    },
    get connectionId() {
      return state.connectionId
    },
    on: (event: string, listener: (...values: never[]) => void) => emitter.on(event, listener),
    subscribe: listener => emitter.on(CHANGED, listener),
    whenFresh: ({ signal } = {}) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          if (state.freshness === 'fresh') resolve()
          else if (state.connection.state === 'closed') reject(new Error(`Closed: ${state.connection.reason}`))
          else if (signal?.aborted) reject(signal.reason as Error)
          else return
          leave()
          signal?.removeEventListener('abort', settle)
        }
        const leave = emitter.on(CHANGED, settle)
        signal?.addEventListener('abort', settle)
        settle()
      }),
    close() {
      leavePage()
      session.end('closed')
    },
  }
  session.start()
  return grants as Grants<E>
}
