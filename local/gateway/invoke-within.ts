import type { Clock } from '../clock.ts'
import type { Invocation, LambdaFunction } from '../lambda/function.ts'

/**
 * What an invocation ends with, or 'timed out' where it takes longer; it goes on then, as an integration's does. It never
 * begins where it had to wait for an environment until the time was over or the caller had hung up: on AWS it would not have
 * waited, and a machine that is behind would otherwise work for those who have gone, and never catch up with the others.
 *
 * @param isWaiting whether the caller has not hung up
 */
export function invokeWithin(
  clock: Clock,
  ms: number,
  target: LambdaFunction,
  event: unknown,
  isWaiting: () => boolean,
): Promise<Invocation | 'timed out'> {
  let timedOut = false
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      timedOut = true
      resolve('timed out')
    })
    target
      .invoke(event, () => !timedOut && isWaiting())
      .then(resolve, reject)
      .finally(cancel)
  })
}
