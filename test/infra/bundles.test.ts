import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundleFolder } from '../../infra/constructs/bundle.ts'
import { FUNCTION_NAMES, type FunctionName } from '../../infra/constructs/functions.ts'
import { ourFunctions } from './rights.ts'
import { templateOf } from './synth.ts'

let functions: Map<string, Record<string, unknown>>
beforeAll(() => {
  functions = ourFunctions(templateOf())
})

/** A value that a variable may have, where the template only knows it at the deployment. */
const valueOf = (name: string): string =>
  /URL$|ISSUER|ORIGINS/.test(name) ? 'https://example.com/a' : name === 'RETENTION_DAYS' ? '365' : 'a'

describe.concurrent('the bundle of', () => {
  test.each(FUNCTION_NAMES)('%s loads as a module, with what the template gives it and nothing else', async name => {
    const { Variables = {} } = (functions.get(name)?.['Environment'] ?? {}) as { Variables?: Record<string, unknown> }
    const environment = Object.fromEntries(Object.keys(Variables).map(each => [each, valueOf(each)]))
    // As a module: `require` is there in a script, also for a bundle that could not have it on Lambda.
    const script = `import { createRequire } from 'node:module'
      const { handler } = createRequire(${JSON.stringify(bundleFolder(name) + '/')})('./index.js')
      process.stdout.write(typeof handler)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...environment, AWS_REGION: 'us-east-1' },
    })
    expect(stdout).toBe('function')
  })

  test.each(FUNCTION_NAMES)('%s comes without its source map: a cold start must not carry it', name => {
    expect(readdirSync(bundleFolder(name)).sort()).toEqual(['index.js', 'package.json'])
  })
})

/** KB. A cold start reads all of it: what makes a bundle larger should be worth it. See bench/README.md for what they take. */
const BUDGETS: Record<FunctionName, number> = {
  authorize: 40,
  connect: 250,
  disconnect: 250,
  sync: 300,
  renew: 290,
  reject: 2,
  'update-settings': 340,
  'read-settings': 260,
  history: 260,
  members: 310,
  groups: 340,
  presence: 265,
  events: 335,
  'sign-out': 300,
  'fan-out': 325,
}

describe('a Lambda carries only what it uses', () => {
  const text = (name: FunctionName): string => readFileSync(join(bundleFolder(name), 'index.js'), 'utf8')

  test.each(FUNCTION_NAMES)('%s keeps to its budget', name => {
    expect(statSync(join(bundleFolder(name), 'index.js')).size / 1024).toBeLessThanOrEqual(BUDGETS[name])
  })

  test.each(FUNCTION_NAMES)(
    '%s looks for credentials where Lambda puts them, and has no client to ask for others',
    name => {
      expect(text(name)).not.toMatch(/AssumeRoleWithWebIdentity|GetRoleCredentials|169\.254\.170\.2/)
    },
  )

  test.each([
    ['authorize', /aws4_request/],
    ['reject', /aws4_request/],
    ['connect', /DeleteConnection|SendMessage/],
    ['disconnect', /DeleteConnection|SendMessage/],
    ['renew', /DeleteConnection|SendMessage/],
    ['history', /DeleteConnection|SendMessage/],
    ['sync', /SendMessage/],
    ['members', /SendMessage/],
  ] as const)('%s has none of %s', (name, client) => {
    expect(text(name)).not.toMatch(client)
  })
})
