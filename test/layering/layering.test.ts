import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const cruise = (): string => {
  try {
    return execFileSync(
      'depcruise',
      ['--config', '.dependency-cruiser.cjs', 'protocol', 'functions', 'infra', 'local', 'web'],
      {
        encoding: 'utf8',
      },
    )
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('every import follows the layering', () => {
  expect(cruise()).toContain('no dependency violations found')
}, 60_000)

test('an import against the layering is found', () => {
  mkdirSync('functions/core/layering-probe')
  try {
    writeFileSync('functions/core/layering-probe/probe.ts', "import '../../store/table.ts'\n")
    expect(cruise()).toContain('core-is-pure')
  } finally {
    rmSync('functions/core/layering-probe', { recursive: true })
  }
}, 60_000)
