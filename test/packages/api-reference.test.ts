import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const contentOf = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]))

test('the API reference is what the docstrings say now (npm run docs:api writes it anew)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-api-'))
  try {
    execFileSync('npx', ['typedoc', '--options', 'web/typedoc.json', '--out', folder], { stdio: 'pipe' })
    expect(contentOf('docs/api')).toEqual(contentOf(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
