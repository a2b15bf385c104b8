export interface Emitter {
  on: (name: string, listener: (...values: never[]) => void) => () => void
  emit(name: string, ...values: unknown[]): void
}

/** Calls listeners one after another; an error of one goes to `report` and stops neither the others nor the client. */
export function createEmitter(report: (error: unknown) => void): Emitter {
  const listeners = new Map<string, Set<(...values: never[]) => void>>()
  return {
    on(name, call) {
      // Wrapped, so that a function that was given twice is called twice and taken back once at a time.
      const entry: typeof call = (...values) => call(...values)
      const entries = listeners.get(name) ?? new Set()
      listeners.set(name, entries.add(entry))
      return () => entries.delete(entry)
    },
    emit(name, ...values) {
      for (const call of [...(listeners.get(name) ?? [])])
        try {
          call(...(values as never[]))
        } catch (error) {
          report(error)
        }
    },
  }
}
