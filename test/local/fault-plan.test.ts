import { describe, expect, test } from 'vitest'
import { Faults, type Happening } from '../../local/faults/faults.ts'
import type { FaultPlan, RuleInput } from '../../local/faults/plan.ts'
import { addUnprocessed, halveBatch } from '../../local/faults/unprocessed.ts'
import { ManualClock } from '../support/manual-clock.ts'

const call = (event: string, name = 'sync', invocation = 1): Happening => ({
  event,
  caller: { function: name, invocation },
})
/** What happens to each of these events. */
const decide = (plan: FaultPlan, events: Happening[]) => {
  const faults = new Faults(plan)
  return events.map(event => faults.decide(event)?.fault)
}
const queries = (count: number, name?: string) => Array.from({ length: count }, () => call('dynamodb:Query', name))

describe('a seed', () => {
  const plan = { seed: 7, rules: [{ on: 'dynamodb:*', fault: 'throttled', rate: 0.3 } as const] }

  test('decides the same for the same events', () => {
    const first = decide(plan, queries(200))
    expect(decide(plan, queries(200))).toEqual(first)
    expect(decide({ ...plan, seed: 8 }, queries(200))).not.toEqual(first)
  })

  test('decides the same whatever other functions do in between', () => {
    const faults = new Faults(plan)
    const alone = decide(plan, queries(100))
    const mixed = queries(100).map(event => {
      for (const other of queries(2, 'connect')) faults.decide(other)
      return faults.decide(event)?.fault
    })
    expect(mixed).toEqual(alone)
  })

  test('is drawn where none is said, and printed once', () => {
    const lines: string[] = []
    const faults = new Faults(plan, { log: line => lines.push(line) })
    faults.add({ on: 'frame', fault: 'cut', rate: 0 })
    expect(lines).toEqual(['faults happen, with seed 7'])
    const drawn = new Faults({ rules: plan.rules })
    expect(decide({ ...plan, seed: drawn.seed }, queries(50))).toEqual(
      queries(50).map(event => drawn.decide(event)?.fault),
    )
  })

  test('keeps to the rate', () => {
    const hit = decide(plan, queries(2_000)).filter(fault => fault !== undefined).length
    expect(hit / 2_000).toBeGreaterThan(0.26)
    expect(hit / 2_000).toBeLessThan(0.34)
  })
})

test('a rule happens to what it names, and to nothing else', () => {
  const rules: RuleInput[] = [
    { on: 'execute-api:POST', fault: 'error', connection: 'c1' },
    { on: 'sqs:*', fault: 'throttled', function: 'groups' },
    { on: '$disconnect', fault: 'drop' },
  ]
  expect(
    decide({ rules }, [
      { ...call('execute-api:POST'), connection: 'c1' },
      { ...call('execute-api:POST'), connection: 'c2' },
      { ...call('execute-api:DELETE'), connection: 'c1' },
      call('sqs:SendMessage', 'groups'),
      call('sqs:SendMessage', 'events'),
      { event: '$disconnect', connection: 'c1' },
      { event: 'frame', connection: 'c1' },
    ]),
  ).toEqual(['error', undefined, undefined, 'throttled', undefined, 'drop', undefined])
})

test('a fault is left out where it cannot happen', () => {
  expect(
    decide({ rules: [{ on: '*', fault: 'kill' }] }, [
      call('dynamodb:Query'),
      { event: 'frame' },
      { event: 'delivery' },
    ]),
  ).toEqual(['kill', undefined, undefined])
})

test('times bounds how often; what removes a rule ends it', () => {
  const faults = new Faults({ rules: [{ on: '*:*', fault: 'reset', times: 2 }] })
  expect(queries(3).map(event => faults.decide(event)?.fault)).toEqual(['reset', 'reset', undefined])
  expect(faults.counts()).toMatchObject([{ happened: 2 }])
  const remove = faults.add({ on: '*:*', fault: 'hang' })
  expect(faults.decide(call('dynamodb:Query'))?.fault).toBe('hang')
  remove()
  expect(faults.decide(call('dynamodb:Query'))).toBeUndefined()
})

test('`at` counts the calls of one invocation', () => {
  const faults = new Faults({ rules: [{ on: '*:*', fault: 'kill', function: 'sync', at: 2 }] })
  const first = { function: 'sync', invocation: 1 }
  const other = { function: 'sync', invocation: 1 }
  const ask = (caller: typeof first) => faults.decide({ event: 'dynamodb:Query', caller })?.fault
  expect([ask(first), ask(other), ask(first), ask(first), ask(other)]).toEqual([
    undefined,
    undefined,
    'kill',
    undefined,
    'kill',
  ])
  first.invocation++
  expect([ask(first), ask(first)]).toEqual([undefined, 'kill'])
})

test('latencies add up, and the first fault in the list happens', async () => {
  const clock = new ManualClock()
  const faults = new Faults(
    {
      rules: [
        { on: '*:*', latencyMs: 100 },
        { on: 'dynamodb:*', latencyMs: [200, 300], fault: 'error', status: 503 },
        { on: 'dynamodb:*', latencyMs: 9_999, fault: 'reset' },
      ],
    },
    { clock },
  )
  const verdict = faults.decide(call('dynamodb:GetItem'))
  expect(verdict).toMatchObject({ fault: 'error', status: 503 })
  let over = false
  const waiting = verdict!.wait().then(() => (over = true))
  clock.advance(299)
  await Promise.resolve()
  expect(over).toBe(false)
  clock.advance(101)
  await waiting
})

test('the bucket of posts lets so many through a second', () => {
  const clock = new ManualClock()
  const faults = new Faults({ posts: { perSecond: 10, burst: 2 } }, { clock })
  const taken = () => [1, 2, 3].filter(() => faults.takePost()).length
  expect(taken()).toBe(2)
  clock.advance(100)
  expect(taken()).toBe(1)
})

test.each<[what: string, plan: unknown, message: RegExp]>([
  ['an unknown operation', { rules: [{ on: 'dynamodb:Qery', fault: 'error' }] }, /rules\.0: on: dynamodb:Qery is none/],
  ['an unknown fault', { rules: [{ on: '*', fault: 'explode' }] }, /rules\.0\.fault: .*explode/],
  [
    'a fault where it cannot be',
    { rules: [{ on: 'sqs:*', fault: 'unprocessed' }] },
    /unprocessed cannot happen to sqs:\*, only to dynamodb:BatchGetItem/,
  ],
  ['a rule that does nothing', { rules: [{ on: '*' }] }, /rules\.0: needs a fault or latencyMs/],
  ['a rate over 1', { rules: [{ on: '*', fault: 'kill', rate: 10 }] }, /rules\.0\.rate/],
  ['a latency without an end', { rules: [{ on: '*', latencyMs: [1] }] }, /rules\.0\.latencyMs: must be ms/],
  ['a word that is none', { rule: [] }, /rule: /],
  ['a list', [], /Put the list into an object/],
])('%s is refused with the place and what is wrong', (_, plan, message) => {
  expect(() => new Faults(plan as FaultPlan)).toThrow(message)
})

test('an unknown function is refused, with those that there are', () => {
  const rules: RuleInput[] = [{ on: '*:*', fault: 'kill', function: 'update' }]
  expect(() => new Faults({ rules }, { functions: ['sync', 'update-settings'] })).toThrow(
    'no function update for a fault, only sync, update-settings',
  )
})

test('half of a batch is done, and the answer says what was left', () => {
  const body = {
    RequestItems: { a: [1, 2, 3], b: { Keys: [4, 5], ConsistentRead: true } },
    ReturnConsumedCapacity: 'X',
  }
  const { done, left } = halveBatch(body)!
  expect(JSON.parse(done.toString())).toEqual({ RequestItems: { a: [1, 2] }, ReturnConsumedCapacity: 'X' })
  expect(left).toEqual({ a: [3], b: { Keys: [4, 5], ConsistentRead: true } })
  expect(JSON.parse(addUnprocessed(Buffer.from('{"UnprocessedKeys":{}}'), left, 'BatchGetItem').toString())).toEqual({
    UnprocessedKeys: left,
  })
  expect(halveBatch({ RequestItems: { a: [1] } })).toBeUndefined()
})
