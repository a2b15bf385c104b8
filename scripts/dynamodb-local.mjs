// Amazon's DynamoDB Local, for the tests: fetched once, started on a free port, stopped again.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** The npm package that carries it, beside 280 dependencies that nobody here needs: only its own files are fetched. */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30'
const INTEGRITY = 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=='
const cache = join(import.meta.dirname, '../.grantwire/dynamodb-local')
const folder = join(cache, 'package/emulator')
const START_MS = 60_000

export const hasJava = () => spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0

function fetchOnce() {
  if (existsSync(join(folder, 'DynamoDBLocal.jar'))) return
  console.log(`Fetching ${PACKAGE} (56 MB) …`)
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  const packed = execFileSync('npm', ['pack', PACKAGE, '--json', '--pack-destination', cache], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ filename, integrity }] = JSON.parse(packed)
  if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: its hash is ${integrity}.`)
  execFileSync('tar', ['-xzf', join(cache, filename), '-C', cache])
  rmSync(join(cache, filename))
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** Starts it. @returns its address, and what stops it @throws Error where Java or the package is missing */
export async function startDynamoDbLocal() {
  if (!hasJava())
    throw new Error(
      "Amazon's DynamoDB Local needs Java (17 or newer): install it, for example openjdk-17-jre-headless.",
    )
  fetchOnce()
  const port = await freePort()
  const java = spawn(
    'java',
    [
      '-Djava.library.path=./DynamoDBLocal_lib',
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      '-sharedDb',
      '-port',
      `${port}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let errors = ''
  java.stderr.on('data', data => (errors = (errors + data).slice(-4_000)))
  const stop = async () => {
    if (java.exitCode !== null) return
    java.kill()
    await once(java, 'exit')
  }
  for (const until = Date.now() + START_MS; ;) {
    if (java.exitCode !== null || Date.now() > until) {
      await stop()
      throw new Error(`DynamoDB Local did not start.\n${errors}`)
    }
    // It answers 400 to a request without a signature: that is an answer.
    if (
      await fetch(`http://127.0.0.1:${port}`).then(
        () => true,
        () => false,
      )
    )
      break
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  return { endpoint: `http://127.0.0.1:${port}`, stop }
}
