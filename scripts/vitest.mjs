import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs tests and counts them. A skipped test has failed: nothing is skipped quietly.
 *
 * @param options env: what else is in the environment; atEnd: says what it found when it is through, not while others do
 * @returns how many tests passed and failed
 */
export async function runTests(args, { env = {}, atEnd = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-test-'))
  const report = join(folder, 'vitest.json')
  const tests = spawn('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args], {
    stdio: atEnd ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [tests.stdout, tests.stderr]) stream?.on('data', data => (output += data))
  const code = await new Promise(resolve => tests.on('close', resolve))
  if (atEnd) console.log(output)
  const { passed, failed } = readReport(report)
  rmSync(folder, { recursive: true, force: true })
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    // A file that does not load fails without one failed test.
    const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0)
    return { passed: report.numPassedTests, failed: failed + report.numPendingTests }
  } catch {
    return { passed: 0, failed: 1 }
  }
}
