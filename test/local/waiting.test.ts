import { afterAll, expect, test } from 'vitest'
import { closeFunctions, startFunction } from '../support/lambda.ts'

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
