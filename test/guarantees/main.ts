/**
 * Runs the proof from the command line: `node test/guarantees/main.ts [runs]`; `GUARANTEE_RUNS` overrides the number. `SEED`
 * and `PATH_OF_RUN` repeat a run that was printed. The last line says in JSON what came of it; the exit code is 1 where a guarantee did not hold.
 */
import { run } from './run.ts'

const runs = Number(process.env['GUARANTEE_RUNS'] ?? process.argv[2] ?? 1_000)
const { SEED: seed, PATH_OF_RUN: path } = process.env
const mutated = process.env['MUTATION'] !== undefined
const started = performance.now()
const result = await run(runs, {
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(path === undefined ? {} : { path }),
  shrink: !mutated,
})
const { broken } = result
if (broken !== undefined && !mutated) console.log(broken.report)
console.log(
  JSON.stringify({
    runs: result.runs,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    seed: result.seed,
    ...(broken === undefined ? {} : { guarantee: broken.guarantee, what: broken.what, path: broken.path }),
  }),
)
process.exitCode = broken === undefined ? 0 : 1
