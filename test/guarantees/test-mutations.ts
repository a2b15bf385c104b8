/**
 * `npm run test:mutations`: breaks the product's code in one place at a time and expects the proof to notice. Prints each
 * mutation with the guarantee that it broke and the seed that shows it; fails where one survives. A control comes first: what
 * breaks in the unchanged code would be found under every mutation, so no mutation gets more runs than held there. Names on the command line
 * choose some of them; `RUNS` says how many runs each is given, `SEED` where they begin.
 */
import { mapBounded } from '../../functions/core/concurrency.ts'
import { catchMutation, control } from './catch.ts'
import { MUTATIONS } from './mutations/mutations.ts'

const names = process.argv.slice(2)
const runs = Number(process.env['RUNS'] ?? 20_000)
const seed = Number(process.env['SEED'] ?? 1)
/** As many as the machine has cores to spare. */
const AT_ONCE = 2
const TIME_MS = 600_000

const { held, broken } = await control({ runs, seed, ms: TIME_MS })
console.log(
  broken === undefined
    ? `control   the unchanged code held in ${held} runs of seed ${seed}`
    : `BROKEN    the unchanged code, after ${held} runs of seed ${seed}: ${broken.split('\n')[0] ?? ''}`,
)

let survivors = 0
await mapBounded(
  MUTATIONS.filter(({ name }) => names.length === 0 || names.includes(name)),
  AT_ONCE,
  async mutation => {
    const caught = await catchMutation(mutation, { runs: held, seed, ms: TIME_MS })
    if ('survived' in caught) survivors++
    console.log(
      'survived' in caught
        ? `SURVIVED  ${caught.name.padEnd(46)} ${mutation.what} (${caught.survived})`
        : `caught    ${caught.name.padEnd(46)} ${caught.guarantee.padEnd(5)} run ${caught.runs} of seed ${seed}: ${caught.what.split('\n')[0] ?? ''}`,
    )
  },
)
console.log(survivors === 0 ? 'every mutation was caught' : `${survivors} survived`)
process.exitCode = survivors === 0 && broken === undefined ? 0 : 1
