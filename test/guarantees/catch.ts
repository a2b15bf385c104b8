import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

/** What became of a mutation: caught, with the guarantee that it broke and the seed that shows it; or not. */
export type Caught =
  { name: string; guarantee: string; what: string; seed: number; runs: number } | { name: string; survived: string }

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Runs the proof over the mutated product, in a process of its own, until a guarantee breaks. */
export function catchMutation(
  { name }: Mutation,
  { runs, seed, ms }: { runs: number; seed: number; ms: number },
): Promise<Caught> {
  const args = ['--import', './test/guarantees/mutate.ts', 'test/guarantees/main.ts', String(runs)]
  const env = { ...process.env, MUTATION: name, SEED: String(seed) }
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: ROOT, env, timeout: ms }, (_, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? ''
      if (!line.startsWith('{')) return resolve({ name, survived: `no result: ${stderr.slice(-600)}` })
      const result = JSON.parse(line) as { runs: number; guarantee?: string; what?: string }
      if (result.guarantee === undefined) return resolve({ name, survived: `${result.runs} runs, seed ${seed}` })
      resolve({ name, guarantee: result.guarantee, what: result.what ?? '', seed, runs: result.runs })
    })
  })
}
