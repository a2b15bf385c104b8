import type {
  Connection,
  CustomEvent,
  CustomEvents,
  Freshness,
  Settings,
  Subject,
  SystemEvents,
} from '@grantwire/client'
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Answers } from './initial.ts'
import { useProvided } from './provider.ts'

const unsubscribed = (): void => undefined

/** Reads one answer of the client; the component renders again only when that answer is another one. */
function useAnswer<T>(read: (answers: Answers) => T): T {
  const { grants, initial } = useProvided()
  const subscribe = useCallback((listener: () => void) => grants?.subscribe(listener) ?? unsubscribed, [grants])
  return useSyncExternalStore(
    subscribe,
    () => read(grants ?? initial),
    () => read(initial),
  )
}

/**
 * Whether the permission is granted: false until known and false when stale. Renders again only when this answer changes.
 *
 * @param options.group ask this group only; the user's own settings still win
 */
export const useCan = (permission: string, options?: { group?: string | undefined }): boolean =>
  useAnswer(answers => answers.can(permission, options))

/** The settings of a subject, the same object until they change; undefined where there are none, or no access. */
export const useSettings = (subject: Subject): Settings | undefined => useAnswer(answers => answers.settings(subject))

/** The state of the connection, with its reason. */
export const useConnection = (): Connection => useAnswer(answers => answers.connection)

/** Whether what is known is fresh. */
export const useFreshness = (): Freshness => useAnswer(answers => answers.freshness)

/**
 * Calls the listener at each event while the component is there; always the listener of the last render, so it needs no
 * `useCallback`. A custom event gives its data first, then the whole event.
 */
export function useGrantsEvent<K extends keyof SystemEvents>(event: K, listener: (event: SystemEvents[K]) => void): void
export function useGrantsEvent<K extends keyof CustomEvents & string>(
  event: K,
  listener: (data: CustomEvents[K], event: CustomEvent) => void,
): void
export function useGrantsEvent(event: string, listener: (data: never, event: never) => void): void {
  const { grants } = useProvided()
  const latest = useRef(listener)
  useEffect(() => void (latest.current = listener))
  useEffect(
    () => grants?.on(event, (data: unknown, whole: unknown) => latest.current(data as never, whole as never)),
    [grants, event],
  )
}
