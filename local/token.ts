import { parseArgs } from 'node:util'
import { readRunning } from './running.ts'
import { getToken } from './tokens.ts'

const USAGE = 'npm run --silent token -- <user name> [--expires-in <seconds>], or -- --service'

/** `npm run --silent token -- alice`: an access token for the running system. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { service: { type: 'boolean', default: false }, 'expires-in': { type: 'string' } },
  })
  const [user] = positionals
  if (values.service === (user !== undefined)) throw new Error(USAGE)
  const running = readRunning()
  const expiresIn = values['expires-in']
  const token = await getToken(running, {
    who: user === undefined ? 'service' : { user },
    ...(expiresIn === undefined ? {} : { expiresIn: Number(expiresIn) }),
  })
  process.stdout.write(`${token}\n`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
