import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundleFolder } from '../../infra/constructs/bundle.ts'
import { FUNCTION_NAMES } from '../../infra/constructs/functions.ts'
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
