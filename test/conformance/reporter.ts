import type { Reporter, TestCase, TestModule } from 'vitest/node'

const SYMBOL = { passed: 'pass', failed: 'FAIL', skipped: 'FAIL', pending: 'FAIL' } as const

/** Prints what `npm run test:conformance` found: each check with its AWS page, then each right and what broke without it. */
export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const tests = modules.flatMap(({ children }) => [...children.allTests()])
    const checks = tests.map(checkOf).sort((a, b) => a.number - b.number)
    print(
      ['check', 'AWS source', ''],
      checks.map(({ check, source, state }) => [check, source, state]),
    )
    const rows = tests.flatMap(test => test.meta().statements ?? [])
    if (rows.length > 0)
      print(
        ['function', 'without', 'what broke'],
        rows.map(({ function: name, without, broke }) => [name, without, broke ?? 'NOTHING: it is not needed']),
      )
    const failures = [
      ...tests.flatMap(test => (test.result().errors ?? []).map(({ message }) => `${test.fullName}\n  ${message}`)),
      ...modules.flatMap(module => module.errors().map(({ message }) => `${module.relativeModuleId}\n  ${message}`)),
      ...unhandled.map(({ message }) => message),
    ]
    for (const failure of failures) console.error(`FAIL ${failure}\n`)
    const passed = checks.filter(({ state }) => state === 'pass').length
    console.log(`${passed} of ${checks.length} checks pass; ${rows.length} rights taken away`)
  }
}

/** A title is `<numbers> <what holds> [<AWS page>]`: see source.ts. */
function checkOf(test: TestCase): { number: number; check: string; source: string; state: string } {
  const [, check = test.name, source = ''] = /^(.*?)(?: \[(https:.*)\])?$/s.exec(test.name) ?? []
  return { number: Number.parseInt(check) || Infinity, check, source, state: SYMBOL[test.result().state] }
}

function print(head: string[], rows: string[][]): void {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)))
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  console.log([line(head), widths.map(width => '-'.repeat(width)).join('  '), ...rows.map(line), ''].join('\n'))
}
