import { execFile, type ExecFileOptions } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs a script in a fresh Node process: whatever it measures (CPU time, memory, a cold start) is its own. It prints one line
 * of JSON.
 *
 * @param script absolute path
 * @param input given to the script as its one argument, as JSON
 * @param nodeOptions such as `--expose-gc`
 */
export async function inChild<T>(
  script: string,
  input: unknown,
  nodeOptions: readonly string[] = [],
  options: Pick<ExecFileOptions, 'env'> = {},
): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, script, JSON.stringify(input)], {
    timeout: 240_000,
    maxBuffer: 16 * 1024 * 1024,
    ...options,
  })
  return JSON.parse(stdout) as T
}

/** What `inChild` gave to this process. */
export const childInput = (): unknown => JSON.parse(process.argv[2] ?? 'null')
