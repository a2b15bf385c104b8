import type { Grants, Me } from '@grantwire/client'
import { createContext, createElement, useContext, useMemo, type ReactNode } from 'react'
import { initialAnswers, type Answers } from './initial.ts'

/** What the provider gives to the hooks below it. */
interface Provided {
  grants: Grants | undefined
  initial: Answers
}

const GrantsContext = createContext<Provided | undefined>(undefined)

export interface GrantsProviderProps {
  /**
   * The client, from `connect`. Its life is the application's: the provider does not close it. Leave it out while rendering
   * on a server, where nothing is to be connected; in the browser it may come later, and until then nothing is allowed.
   */
  grants?: Grants | undefined
  /** The body of `GET /me` that the page was rendered with; the same that `connect` is given. */
  bootstrap?: Me | undefined
  children?: ReactNode
}

/** Gives a client to the hooks below it. */
export function GrantsProvider({ grants, bootstrap, children }: GrantsProviderProps): ReactNode {
  const provided = useMemo(() => ({ grants, initial: initialAnswers(bootstrap) }), [grants, bootstrap])
  return createElement(GrantsContext.Provider, { value: provided }, children)
}

export function useProvided(): Provided {
  const provided = useContext(GrantsContext)
  if (provided === undefined) throw new Error('Put a <GrantsProvider grants={connect(…)}> around this component.')
  return provided
}

/** The client of the nearest provider. @throws Error where there is no provider, or one without a client */
export function useGrants(): Grants {
  const { grants } = useProvided()
  if (grants === undefined) throw new Error('The <GrantsProvider> around this component has no client (yet).')
  return grants
}
