import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catchMutation } from './catch.ts'
import { mutate, MUTATIONS, named } from './mutations/mutations.ts'
import { run } from './run.ts'

const runs = Number(process.env['GUARANTEE_RUNS'] ?? 1_000)
const seed = process.env['GUARANTEE_SEED']

test(`G1 to G7 hold in ${runs} random runs of the product`, async () => {
  const { broken } = await run(runs, seed === undefined ? {} : { seed: Number(seed) })
  // The report names the seed and the path that repeat the run, and every step of it.
  expect(broken?.report).toBeUndefined()
}, 600_000)

test('every mutation finds the text that it replaces exactly once', () => {
  for (const { edits } of MUTATIONS)
    for (const file of new Set(edits.map(edit => edit.file)))
      mutate(
        readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
        edits.filter(edit => edit.file === file),
      )
})

// All of them: npm run test:mutations.
test.each([
  ['no-recheck', 'G6'],
  ['broadcast-membership-before-document', 'G3'],
  ['remove-deletes-index', 'G1'],
  ['gone-deletes-young+no-heal', 'G7'],
])('the proof notices the mutation %s', async (name, guarantee) => {
  expect(await catchMutation(named(name), { runs: 2_000, seed: 1, ms: 100_000 })).toMatchObject({ guarantee })
})
