import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations/mutation.ts'

/** What became of a mutation: caught, with the guarantee that it broke and the seed that shows it; or not. */
export type Caught =
  { name: string; guarantee: string; what: string; seed: number; runs: number } | { name: string; survived: string }

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** How often, from where, and for how long at most, ms. */
export interface Trial {
  runs: number
  seed: number
  ms: number
}

interface Result {
  runs: number
  guarantee?: string
  what?: string
}

/** Runs the proof over the mutated product, in a process of its own, until a guarantee breaks. */
export async function catchMutation({ name }: Mutation, trial: Trial): Promise<Caught> {
  const { seed } = trial
  const result = await prove(['--import', './test/guarantees/mutate.ts'], { MUTATION: name }, trial)
  if (typeof result === 'string') return { name, survived: `no result: ${result}` }
  const { runs, guarantee, what = '' } = result
  return guarantee === undefined
    ? { name, survived: `${runs} runs, seed ${seed}` }
    : { name, guarantee, what, seed, runs }
}

/**
 * Runs the proof over the product as it is. What breaks here breaks under every mutation, and says nothing of any.
 *
 * @returns how many runs held, and what broke in the next one
 * @throws Error where the proof could not be run
 */
export async function control(trial: Trial): Promise<{ held: number; broken?: string }> {
  const result = await prove([], {}, trial)
  if (typeof result === 'string') throw new Error(`The proof of the unchanged code gave no result: ${result}`)
  return result.guarantee === undefined
    ? { held: result.runs }
    : { held: result.runs - 1, broken: result.what ?? result.guarantee }
}

/** The last line of the proof, or what it complained of where it gave none. */
function prove(options: string[], variables: NodeJS.ProcessEnv, { runs, seed, ms }: Trial): Promise<Result | string> {
  const args = [...options, 'test/guarantees/main.ts', String(runs)]
  const env = { ...process.env, ...variables, SEED: String(seed) }
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: ROOT, env, timeout: ms, maxBuffer: MOST_OUTPUT }, (_, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? ''
      resolve(line.startsWith('{') ? (JSON.parse(line) as Result) : stderr.slice(-600))
    })
  })
}

/** The steps of a run that broke are a long report. */
const MOST_OUTPUT = 64 * 1024 * 1024
