import type { Clock } from '../core/clock.ts'
import type { Budget } from './broadcast.ts'

/** Connections that the Lambda of a request posts to itself; a larger audience is finished by the queue. */
const INLINE_CONNECTIONS = 2_000
/** Kept for the last posts, which may take 3 s, and for what comes after them: the queue, rows, the mark, the answer. */
const RESERVE_MS = 4_500

/** What a Lambda that somebody waits for may spend on a broadcast. */
export const inlineBudget = (clock: Clock, context: { getRemainingTimeInMillis(): number }): Budget => ({
  deadline: clock.now() + Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS),
  limit: INLINE_CONNECTIONS,
})

/** Connections that one task of the queue posts to at most. */
const TASK_CONNECTIONS = 10_000
const TASK_RESERVE_MS = 10_000

/** What the fan-out Lambda may spend on one task. */
export const taskBudget = (clock: Clock, context: { getRemainingTimeInMillis(): number }): Budget => ({
  deadline: clock.now() + Math.max(0, context.getRemainingTimeInMillis() - TASK_RESERVE_MS),
  limit: TASK_CONNECTIONS,
})
