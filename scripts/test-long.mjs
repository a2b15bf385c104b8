// `npm run test:long`: the proofs that take longer than `npm test` may, one after the other. Add a line for yours.
import { spawnSync } from 'node:child_process'

/** Name, command, environment. */
const PROOFS = [
  ['the guarantees, 100,000 runs', 'node test/guarantees/main.ts 100000', {}],
  ['the mutations that the guarantees must notice', 'npm run test:mutations --silent', {}],
  ['the soak, 1,000 clients and 10 minutes of faults', 'npm run soak --silent', {}],
  ['AWS, check by check, and each action of a right', 'npm run test:conformance --silent', {}],
  ['hostile documents, 1,000 a route', 'vitest run test/local/hostile.test.ts', { GRANTWIRE_RUNS: '1000' }],
  ['deaths before and after every call', 'vitest run test/local/deaths.test.ts', { GRANTWIRE_LONG: '1' }],
]

let failed = 0
for (const [name, command, env] of PROOFS) {
  console.log(`\n${name}`)
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } })
  if (status !== 0) failed++
}
console.log(`\n${PROOFS.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
