import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RuleInput } from '../../local/faults/plan.ts'
import { startLocalRun, type LocalRun, type TestSocket } from '../support/local-run.ts'

/** What each fault does to the product in a whole run, and that the product survives it. */
let run: LocalRun
const undo: (() => void)[] = []

beforeAll(async () => {
  run = await startLocalRun()
})
afterEach(() => undo.splice(0).forEach(remove => remove()))
afterAll(() => run.close())

const fault = (rule: RuleInput): void => void undo.push(run.stack.faults.add(rule))
/** How often each of the faults of this test has happened. */
const happened = (): number[] =>
  run.stack.faults
    .counts()
    .slice(-undo.length)
    .map(({ happened: times }) => times)

/** A group with one member, who is connected. */
async function group(id: string): Promise<TestSocket> {
  await run.makeGroup(id, `admin-${id}`, [`member-${id}`], { n: 1 })
  return run.join(`member-${id}`)
}
const patch = (id: string, n: number) => run.request(`admin-${id}`, 'PATCH', `/groups/${id}`, { n })

test.each<[name: string, rule: RuleInput]>([
  ['throttled reads', { on: 'dynamodb:Query', fault: 'throttled', times: 2 }],
  ['throttled writes', { on: 'dynamodb:PutItem', fault: 'throttled', times: 2 }],
  ['a database that fails', { on: 'dynamodb:*', fault: 'error', status: 503, times: 2 }],
  ['a database whose line is cut', { on: 'dynamodb:*', fault: 'reset', times: 2 }],
  ['a commit whose answer is lost', { on: 'dynamodb:PutItem', fault: 'lost', times: 1 }],
  ['a queue that throttles', { on: 'sqs:SendMessage', fault: 'throttled', times: 2 }],
  ['a queue that fails', { on: 'sqs:SendMessage', fault: 'error', times: 2 }],
  ['a queue message whose answer is lost', { on: 'sqs:SendMessage', fault: 'lost', times: 1 }],
  ['posts that are throttled', { on: 'execute-api:POST', fault: 'throttled', times: 3 }],
  ['posts that fail', { on: 'execute-api:POST', fault: 'error', times: 3 }],
  ['posts whose line is cut', { on: 'execute-api:POST', fault: 'reset', times: 3 }],
  ['posts whose answer is lost', { on: 'execute-api:POST', fault: 'lost', times: 2 }],
  ['slow posts', { on: 'execute-api:POST', latencyMs: [20, 60] }],
])('an update survives %s: it is answered with 200 and reaches the member', async (name, rule) => {
  const id = name.replaceAll(' ', '-')
  const member = await group(id)
  fault({ ...rule, function: 'update-settings' })
  expect(await patch(id, 2)).toMatchObject({ status: 200, body: { version: 2, delivery: { delivered: 1, queued: 0 } } })
  expect(await member.next('UserUpdated')).toMatchObject({ version: 2, settings: { n: 2 } })
  expect(happened()[0]).toBeGreaterThan(0)
  if (rule.times !== undefined) expect(happened()).toEqual([rule.times])
  member.terminate()
})
