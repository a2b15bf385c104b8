import type {
  Connection,
  CustomEvent,
  Freshness,
  Grants,
  JsonValue,
  Settings,
  Subject,
  SystemEvents,
} from '@grantwire/client'
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'
import { useGrants } from './provider.ts'

/** Reads one answer of the client; the component renders again only when that answer is another one. */
function useAnswer<T>(read: (grants: Grants) => T): T {
  const grants = useGrants()
  const answer = (): T => read(grants)
  return useSyncExternalStore(listener => grants.subscribe(listener), answer, answer)
}

/** Whether the permission is granted: false until known and false when stale. */
export const useCan = (permission: string, options?: { group?: string }): boolean =>
  useAnswer(grants => grants.can(permission, options))

/** The settings of a subject; undefined where there are none, or no access. */
export const useSettings = (subject: Subject): Settings | undefined => useAnswer(grants => grants.settings(subject))

/** The state of the connection, with its reason. */
export const useConnection = (): Connection => useAnswer(grants => grants.connection)

/** Whether what is known is fresh. */
export const useFreshness = (): Freshness => useAnswer(grants => grants.freshness)

/** Calls the listener at each event while the component is there; always the listener of the last render. */
export function useGrantsEvent<K extends keyof SystemEvents>(event: K, listener: (event: SystemEvents[K]) => void): void
export function useGrantsEvent(event: string, listener: (data: JsonValue, event: CustomEvent) => void): void
export function useGrantsEvent(event: string, listener: (data: never, event: never) => void): void {
  const grants = useGrants()
  const call = useEffectEvent((data: unknown, whole: unknown) => listener(data as never, whole as never))
  useEffect(() => grants.on(event, (data, whole) => call(data, whole)), [grants, event])
}
