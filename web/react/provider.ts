import type { Grants } from '@grantwire/client'
import { createContext, createElement, useContext, type ReactNode } from 'react'

const GrantsContext = createContext<Grants | undefined>(undefined)

/** Gives a client to the hooks below it. The client's life is the application's: the provider does not close it. */
export function GrantsProvider({ grants, children }: { grants: Grants; children?: ReactNode }): ReactNode {
  return createElement(GrantsContext, { value: grants }, children)
}

/** The client of the nearest provider. @throws Error where there is none */
export function useGrants(): Grants {
  const grants = useContext(GrantsContext)
  if (grants === undefined) throw new Error('Put a <GrantsProvider grants={connect(…)}> around this component.')
  return grants
}
