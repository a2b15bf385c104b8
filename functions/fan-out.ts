import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { subjectOf } from '../protocol/ids.ts'
import { mapBounded } from './core/concurrency.ts'
import { openQueue, type FanOutTask } from './gateway/fan-out-queue.ts'
import { openGateway } from './gateway/open.ts'
import { taskBudget } from './steps/budget.ts'
import { doTask } from './steps/fan-out.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway(), ...openQueue() }

/** Tasks at once: they share the sockets and the rate of this environment. */
const TASKS = 4

/** The fan-out queue's worker: a task that fails is handed out again, the others of its batch are not. */
export async function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const budget = taskBudget(services.clock, context)
  const failures = await mapBounded(Records, TASKS, async ({ messageId, body }) => {
    try {
      const task = JSON.parse(body) as FanOutTask
      const subject = task.kind === 'purge' ? subjectOf('group', task.group) : task.subject
      const delivery = await doTask(services, task, budget)
      console.info('fan-out', { kind: task.kind, subject, ...(delivery === 'skipped' ? { skipped: true } : delivery) })
      return []
    } catch (error) {
      console.error('fan-out task failed', { messageId, error })
      return [{ itemIdentifier: messageId }]
    }
  })
  return { batchItemFailures: failures.flat() }
}
