/** Time and chance from outside, so that tests can turn them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

/** A time in ms as ISO 8601. */
export const iso = (ms: number): string => new Date(ms).toISOString()
