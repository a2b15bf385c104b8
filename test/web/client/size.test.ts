import { expect, it } from 'vitest'
import { bundleSize, CLIENT, HOOKS, HOOKS_EXTERNAL } from '../../../bench/support/bundle.ts'

it('the client is at most 5 kB gzipped, with everything in it', async () => {
  expect((await bundleSize(CLIENT)).gzipped).toBeLessThanOrEqual(5_000)
})

it('React adds 1 kB at most', async () => {
  expect((await bundleSize(HOOKS, HOOKS_EXTERNAL)).gzipped).toBeLessThanOrEqual(1_000)
})
