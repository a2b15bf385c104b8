import type { Clock } from '../clock.ts'

/** The result of some work, or 'timed out' where it takes longer; the work goes on, as an integration's does. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | 'timed out'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve('timed out'))
    work.then(resolve, reject).finally(cancel)
  })
}
