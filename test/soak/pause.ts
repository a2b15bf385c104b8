import { setTimeout } from 'node:timers/promises'

/** @throws AbortError as soon as the signal is aborted */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal })

/** Asks again and again until it holds. Whether it did in time. @throws AbortError as soon as the signal is aborted */
export async function eventually(
  signal: AbortSignal,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
  everyMs = 200,
): Promise<boolean> {
  for (const until = Date.now() + withinMs; ; await pause(everyMs, signal)) {
    if (await holds()) return true
    if (Date.now() > until) return false
  }
}
