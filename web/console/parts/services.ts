import type { Grants } from '@grantwire/client'
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import type { Api } from '../api.ts'
import type { Session } from '../session.ts'

/** What every page of a signed-in person works with. */
export interface Services {
  api: Api
  grants: Grants
  session: Session
}

export const ServicesContext = createContext<Services | undefined>(undefined)

export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (services === undefined) throw new Error('useServices is used outside of a signed-in page')
  return services
}

/** Something of the client's state, live. What `read` returns must be the same value until it changes. */
export function useGrantsState<T>(read: (grants: Grants) => T): T {
  const { grants } = useServices()
  const subscribe = useCallback((listener: () => void) => grants.subscribe(listener), [grants])
  return useSyncExternalStore(subscribe, () => read(grants))
}

/** False until the server's first answer is there. */
export const isKnown = (grants: Grants): boolean => grants.freshness !== 'initializing'
