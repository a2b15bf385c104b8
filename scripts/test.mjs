// `npm test`: every check in order, each named, and at the end a line that counts them. Nothing is skipped: a check that
// cannot run has failed. With `--dynamodb-local` also what npm run test:dynamodb-local runs.
import { spawn } from 'node:child_process'
import { testOnDynamoDbLocal } from './test-dynamodb-local.mjs'
import { runTests } from './vitest.mjs'

/** Checks before the tests: name and command. Those of one row run at the same time. */
const CHECKS = [
  [
    ['format', 'prettier --check --log-level=warn .'],
    ['types', 'tsc -p . && tsc -p infra && tsc -p web && tsc -p test/soak && tsc -p test/guarantees'],
  ],
  [
    ['lint', 'eslint .'],
    ['console', 'vite build web/console --logLevel warn'],
  ],
  [['template', 'cdk synth --quiet']],
]

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
for (const row of CHECKS)
  await Promise.all(
    row.map(async ([name, command]) => {
      const started = Date.now()
      const { code, output } = await run(command)
      if (code === 0) passed++
      else failed++
      console.log(`${code === 0 ? 'pass' : 'FAIL'}  ${name}  (${((Date.now() - started) / 1000).toFixed(1)} s)`)
      if (code !== 0) console.log(output)
    }),
  )

const count = ({ passed: more, failed: bad }) => {
  passed += more
  failed += bad
}
count(await runTests([]))
if (process.argv.includes('--dynamodb-local')) count(await testOnDynamoDbLocal())

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
