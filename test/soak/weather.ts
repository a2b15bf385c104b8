import type { RuleInput } from '../../local/faults/plan.ts'

/** What goes wrong all the time during a soak, a little of everything: docs/faults.md says what each does. */
export const WEATHER: readonly RuleInput[] = [
  { on: 'dynamodb:*', latencyMs: [1, 20], rate: 0.1 },
  { on: 'dynamodb:*', fault: 'throttled', rate: 0.004 },
  { on: 'dynamodb:*', fault: 'error', rate: 0.002 },
  { on: 'dynamodb:*', fault: 'lost', rate: 0.003 },
  { on: 'dynamodb:Batch*', fault: 'unprocessed', rate: 0.05 },
  { on: 'sqs:SendMessage', fault: 'error', rate: 0.01 },
  { on: 'sqs:SendMessage', fault: 'lost', rate: 0.01 },
  { on: 'execute-api:POST', fault: 'throttled', rate: 0.01 },
  { on: 'execute-api:POST', fault: 'error', rate: 0.005 },
  { on: 'execute-api:POST', fault: 'lost', rate: 0.003 },
  { on: 'execute-api:POST', fault: 'gone', rate: 0.002 },
  { on: 'execute-api:POST', fault: 'cut', rate: 0.0005 },
  { on: 'frame', fault: 'cut', rate: 0.01 },
  { on: '$disconnect', fault: 'drop', rate: 0.3 },
  { on: '$disconnect', fault: 'twice', rate: 0.1 },
  { on: '$disconnect', latencyMs: [0, 3_000], rate: 0.3 },
  { on: 'delivery', fault: 'twice', rate: 0.05 },
]

/** Of the calls to the database, and there are three to twenty in an invocation. */
const DEATH_RATE = 0.003

/**
 * Lambdas that die, before or after the call that they are at. The worker of the queue is left alive: its message is seen
 * again only after six minutes, which test/guarantees turns by its clock.
 */
export const DEATHS: readonly RuleInput[] = [
  ...['update-settings', 'members', 'groups', 'connect', 'sync', 'renew'].flatMap(name =>
    (['kill', 'kill-after'] as const).map(fault => ({ on: 'dynamodb:*', function: name, fault, rate: DEATH_RATE })),
  ),
  // Committed, and nobody is told: what the re-check is for.
  { on: 'dynamodb:PutItem', function: 'update-settings', fault: 'kill-after', rate: 0.03 },
  // A broadcast has many posts, so few of them are enough.
  { on: 'execute-api:POST', function: 'update-settings', fault: 'kill', rate: 0.0005 },
  { on: 'execute-api:POST', function: 'update-settings', fault: 'kill-after', rate: 0.0005 },
]

/** The quota is used up: nearly every post is refused. */
export const STORM: RuleInput = { on: 'execute-api:POST', fault: 'throttled', rate: 0.8 }
