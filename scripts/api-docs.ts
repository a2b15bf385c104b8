import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { asyncApi } from './api-docs/asyncapi.ts'
import { openApi } from './api-docs/openapi.ts'

// `node scripts/api-docs.ts` writes the references of both APIs from the schemas that validate at run time.

const root = resolve(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string }

/** The generated files, by their paths in the repository. */
export const references = (): Record<string, string> => ({
  'docs/openapi.json': `${JSON.stringify(openApi(version), null, 2)}\n`,
  'docs/asyncapi.json': `${JSON.stringify(asyncApi(version), null, 2)}\n`,
})

if (import.meta.main) for (const [path, text] of Object.entries(references())) writeFileSync(resolve(root, path), text)
