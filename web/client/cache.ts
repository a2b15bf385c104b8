import type { Environment } from './environment.ts'
import type { Held } from './documents.ts'

/** One snapshot of one user's documents in the browser's storage, for the first paint of the next visit. */
export interface Cache {
  /** The documents of this user. Those of anybody else are deleted. */
  read(user: string): Held[] | undefined
  /** Without a user there is no snapshot any more. */
  write(user?: string, documents?: Held[]): void
}

type Store = ReturnType<NonNullable<Environment['storage']>>

/** @param key what the storage keeps it under; there is one snapshot a key */
export function createCache(environment: Environment, key: string): Cache {
  /** Storage can be full, forbidden, or hold what others wrote: no reason to stop, but a reason to say so. */
  const attempt = <T>(work: (store: Store) => T): T | undefined => {
    try {
      return environment.storage && work(environment.storage())
    } catch (error) {
      environment.report(error)
      return undefined
    }
  }

  return {
    read: user =>
      attempt(store => {
        const [owner, documents] = JSON.parse(store.getItem(key) ?? '[]') as [string?, Held[]?]
        if (owner === user) return documents
        store.removeItem(key)
        return undefined
      }),
    write: (...snapshot) =>
      attempt(store => {
        // First of all: where there is no room for the new one, the old one must not stay.
        store.removeItem(key)
        if (snapshot[0]) store.setItem(key, JSON.stringify(snapshot))
      }),
  }
}
