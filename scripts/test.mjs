// `npm test`: every check, each named, and at the end a line that counts them. Nothing is skipped: a check that cannot run has
// failed. With `--dynamodb-local` also what npm run test:dynamodb-local runs.
import { spawn } from 'node:child_process'
import { testOnDynamoDbLocal } from './test-dynamodb-local.mjs'
import { runTests } from './vitest.mjs'

/** What the tests run: name and command. */
const ASSEMBLY = [
  ['console', 'vite build web/console --logLevel warn'],
  ['template', 'cdk synth --quiet'],
]

/** What only reads the code. */
const CODE = [
  ['types', 'npm run types --silent'],
  ['lint', 'eslint .'],
  ['format', 'prettier --check --log-level=warn .'],
]

const started = Date.now()
const secondsSince = time => `${((Date.now() - time) / 1000).toFixed(1)} s`

const run = command =>
  new Promise(resolve => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', data => (output += data))
    child.stderr.on('data', data => (output += data))
    child.on('close', code => resolve({ code, output }))
  })

let passed = 0
let failed = 0
const count = ({ passed: more, failed: bad }) => {
  passed += more
  failed += bad
}

/** One check after the other. */
async function check(checks) {
  for (const [name, command] of checks) {
    const began = Date.now()
    const { code, output } = await run(command)
    count(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
    console.log(`${code === 0 ? 'pass' : 'FAIL'}  ${name}  (${secondsSince(began)})`)
    if (code !== 0) console.log(output)
  }
}

await check(ASSEMBLY)
// Tests wait a lot, those in the browser follow each other, and types and lint take one core: together they fill the machine.
await Promise.all([
  runTests(['--project=browser'], { atEnd: true }).then(count),
  runTests(['--project=!browser']).then(count),
  check(CODE),
])
if (process.argv.includes('--dynamodb-local')) count(await testOnDynamoDbLocal())

console.log(`\nAfter ${secondsSince(started)}:\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
