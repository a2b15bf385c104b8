import { can } from '../../protocol/permissions.ts'
import { createCache } from './cache.ts'
import { browserEnvironment } from './environment.ts'
import { createSession } from './session.ts'
import { CHANGED, createState } from './state.ts'
import type { Subject } from '../../protocol/ids.ts'
import type { ConnectOptions, CustomEvents, Grants } from './types.ts'

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
  // What the tabs of this origin share of this deployment: a snapshot, and for each user a lock and a channel.
  const name = `grantwire ${options.webSocketUrl} `
  const cache = options.cache ? createCache(environment, name) : undefined
  const state = createState(environment, cache, options.bootstrap)
  const { documents, emitter, view } = state
  const session = createSession(environment, state, options, name, cache)
  const leavePage = environment.onPage(session.page)

  const grants: Grants = Object.assign(view, {
    can: (permission: string, { group }: { group?: string | undefined } = {}) =>
      view.freshness === 'fresh' && can(documents.held.values(), permission, group),
    settings: (subject: Subject) => documents.held.get(subject)?.settings,
    version: (subject: Subject) => documents.held.get(subject)?.version,
    on: emitter.on,
    subscribe: (listener: () => void) => emitter.on(CHANGED, listener),
    whenFresh: ({ signal }: { signal?: AbortSignal } = {}) =>
      new Promise<void>((resolve, reject) => {
        const settle = () => {
          const { state: at, reason } = view.connection
          if (view.freshness === 'fresh') resolve()
          else if (at === 'closed') reject(new Error(`Closed: ${reason}`))
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
  })
  session.start()
  return grants as Grants<E>
}
