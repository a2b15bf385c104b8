import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { matches } from '../iam/policy.ts'

/** AWS calls that a Lambda makes, by service and operation. */
const CALLS = [
  ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'BatchGetItem', 'BatchWriteItem'].map(
    operation => `dynamodb:${operation}`,
  ),
  'sqs:SendMessage',
  ...['POST', 'GET', 'DELETE'].map(method => `execute-api:${method}`),
]

/** What a fault can happen to: a call, the news that a connection has closed, a queue's message, a browser's frame. */
const EVENTS = [...CALLS, '$disconnect', 'delivery', 'frame']

/** Every fault, with the events that it can happen to. What each does is in docs/faults.md. */
const FAULTS = {
  throttled: CALLS,
  error: CALLS,
  hang: CALLS,
  reset: CALLS,
  lost: CALLS,
  kill: CALLS,
  'kill-after': CALLS,
  gone: ['execute-api:POST', 'execute-api:DELETE'],
  swallowed: ['execute-api:POST'],
  unprocessed: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'],
  drop: ['$disconnect'],
  twice: ['$disconnect', 'delivery'],
  cut: ['frame', 'execute-api:POST'],
} as const satisfies Record<string, readonly string[]>

export type Fault = keyof typeof FAULTS

/** Latency without a fault. */
const LATE: readonly string[] = [...CALLS, '$disconnect', 'delivery']

/** The events that a rule happens to: those that `on` names and its fault can happen to. */
export const eventsOf = ({ on, fault }: Pick<Rule, 'on' | 'fault'>): string[] =>
  (fault === undefined ? LATE : FAULTS[fault]).filter(event => matches(on, event))

const whole = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(600_000))

const rule = v.pipe(
  v.strictObject({
    /** An event, such as `dynamodb:Query`; `*` stands for any text: `dynamodb:*`, and `*:*` for every call. */
    on: v.string(),
    fault: v.optional(v.picklist(Object.keys(FAULTS) as Fault[])),
    /** Waits first: so many ms, or any time from the one to the other. */
    latencyMs: v.optional(v.union([ms, v.tuple([ms, ms])], 'must be ms, or a list of the least and the most')),
    /** How often: 0 (never) to 1 (always, where nothing is said). */
    rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    /** Only calls of this Lambda, such as `update-settings`. */
    function: v.optional(v.string()),
    /** Only posts to this connection, or what it sends. */
    connection: v.optional(v.string()),
    /** Only the k-th call of an invocation that `on` names, counted from 1. */
    at: v.optional(whole(1)),
    /** So many times at most. */
    times: v.optional(whole(1)),
    /** The status of an `error`. */
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(500), v.maxValue(599)), 500),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { on, fault, latencyMs } = dataset.value
    if (fault === undefined && latencyMs === undefined) addIssue({ message: 'needs a fault or latencyMs' })
    else if (!EVENTS.some(event => matches(on, event)))
      addIssue({ message: `on: ${on} is none of ${EVENTS.join(', ')}, and no pattern of them` })
    else if (eventsOf({ on, fault }).length === 0)
      addIssue({
        message: `${fault ?? 'latencyMs'} cannot happen to ${on}, only to ${eventsOf({ on: '*', fault }).join(', ')}`,
      })
  }),
)

const plan = v.strictObject({
  /** The same seed decides the same for the same sequence of events. One is drawn where none is said. */
  seed: v.optional(whole(0)),
  /** A bucket of posts to connections; a post that finds it empty is answered with 429. */
  posts: v.optional(v.strictObject({ perSecond: v.pipe(v.number(), v.gtValue(0)), burst: v.optional(whole(1)) })),
  /** Of the rules that apply to an event and whose rate says so, the first one with a fault happens; latencies add up. */
  rules: v.optional(v.array(rule), []),
})

/** One fault, and when it happens. */
export type Rule = v.InferOutput<typeof rule>
export type RuleInput = v.InferInput<typeof rule>
/** Which faults a local run has. */
export type FaultPlan = v.InferInput<typeof plan>

/** @throws Error that says what is wrong, and where */
export function parsePlan(value: unknown): v.InferOutput<typeof plan> {
  if (Array.isArray(value))
    throw new Error('The faults cannot be understood.\nPut the list into an object: {"rules": [ … ]}')
  return parse(plan, value)
}

/** @throws Error that says what is wrong, and where */
export const parseRule = (value: RuleInput): Rule => parse(rule, value)

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const lines = result.issues.map(issue => [v.getDotPath(issue), issue.message].filter(part => part != null).join(': '))
  throw new Error(`The faults cannot be understood.\n${lines.join('\n')}`)
}

/** Reads a plan from a JSON file. @throws Error that names the file and says what is wrong with it */
export function readPlan(file: string): v.InferOutput<typeof plan> {
  try {
    return parsePlan(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
