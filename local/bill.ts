import { parseArgs } from 'node:util'
import { readRunning } from './running.ts'

/**
 * `npm run --silent bill`: what AWS would bill for what the running stack has done; `-- --json` as JSON, `-- --reset` counts
 * from nothing again.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, reset: { type: 'boolean', default: false } },
  })
  const { billUrl } = readRunning()
  const answer = await fetch(billUrl, {
    method: values.reset ? 'DELETE' : 'GET',
    headers: values.json ? { accept: 'application/json' } : {},
  })
  process.stdout.write(await answer.text())
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
