import { afterAll, expect, test } from 'vitest'
import { invokeWithin } from '../../local/gateway/invoke-within.ts'
import { closeFunctions, startFunction } from '../support/lambda.ts'
import { ManualClock } from '../support/manual-clock.ts'

afterAll(closeFunctions)

test('what has waited for an environment is not begun for somebody who has gone meanwhile', async () => {
  const { invoke } = startFunction('let runs = 0; exports.handler = async () => ++runs', {}, { concurrency: 1 })
  const [first, gone, also, last] = await Promise.all([
    invoke(),
    invoke({}, () => false),
    invoke({}, () => false),
    invoke({}, () => true),
  ])
  expect(first).toEqual({ ok: true, payload: 1 })
  for (const left of [gone, also]) expect(left).toMatchObject({ ok: false, errorType: 'TooManyRequestsException' })
  expect(last).toEqual({ ok: true, payload: 2 })
})

test('a gateway wants an invocation no more once its time is over, or its caller has hung up', async () => {
  const clock = new ManualClock()
  const wanted: (() => boolean)[] = []
  const target = {
    logicalId: 'Slow',
    invoke: (_: unknown, isWanted: () => boolean = () => true) => {
      wanted.push(isWanted)
      return new Promise<never>(() => undefined)
    },
  }
  let isThere = true
  void invokeWithin(clock, 60_000, target, {}, () => isThere)
  const late = invokeWithin(clock, 30_000, target, {}, () => true)
  expect(wanted.map(isWanted => isWanted())).toEqual([true, true])
  isThere = false
  clock.advance(30_000)
  expect(await late).toBe('timed out')
  expect(wanted.map(isWanted => isWanted())).toEqual([false, false])
})
