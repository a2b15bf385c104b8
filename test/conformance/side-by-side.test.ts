import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'

let runs: [LocalRun, LocalRun, LocalRun]

beforeAll(async () => {
  runs = await Promise.all([startLocalRun(), startLocalRun(), startLocalRun()])
})
afterAll(() => Promise.all(runs.map(run => run.close())))

test('several stacks run side by side in one process, and know nothing of each other', async () => {
  // The same group in each, with settings of its own; at the same time.
  const heard = await Promise.all(
    runs.map(async (run, number) => {
      await run.makeGroup('eng', 'alice', ['bob'], { stack: -1 })
      const bob = await run.join('bob')
      await run.expect(200, 'alice', 'PATCH', '/groups/eng', { stack: number })
      const { settings, version } = await bob.next('UserUpdated')
      expect(bob.received).toEqual([])
      return { settings, version }
    }),
  )
  expect(heard).toEqual([0, 1, 2].map(stack => ({ settings: { stack }, version: 2 })))
})

test('the tokens of one stack are worth nothing at another', async () => {
  const [one, other] = runs
  const authorization = `Bearer ${await one.token('alice')}`
  expect((await one.request(undefined, 'GET', '/me', undefined, { authorization })).status).toBe(200)
  expect((await other.request(undefined, 'GET', '/me', undefined, { authorization })).status).toBe(401)
  await expect(other.connect('alice', await one.token('alice'))).rejects.toThrow(/40[13]/)
})

test('one that ends leaves the others running', async () => {
  const [one, other] = runs
  await one.close()
  await expect(one.request('alice', 'GET', '/me')).rejects.toThrow()
  await other.expect(200, 'alice', 'PATCH', '/groups/eng', { still: 'here' })
})
