import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs tests and counts them. A skipped test has failed: nothing is skipped quietly.
 *
 * @param options title: what the tests are; env: what else is in their environment; atEnd: says what was found when all are
 *   through, not between what others say
 * @returns how many tests passed and failed
 */
export async function runTests(args, { title = '', env = {}, atEnd = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-test-'))
  const report = join(folder, 'vitest.json')
  let output = title === '' ? '' : `\n${title}\n`
  if (!atEnd) console.log(output)
  const tests = spawn('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args], {
    stdio: atEnd ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...env },
  })
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
