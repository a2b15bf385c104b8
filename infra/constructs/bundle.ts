import { buildSync, type BuildOptions } from 'esbuild'
import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Where each Lambda's bundle lies: one folder a Lambda, with `index.js` and a word that it is CommonJS. */
export const bundleFolder = (name: string): string => join(root, 'dist/functions', name)

/**
 * CommonJS, since that loads fastest; the packages' module builds (`mainFields`), since they shake best and their CommonJS ones
 * break when they are put into a module; the AWS SDK of the lock file instead of whatever the runtime has.
 */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
} as const satisfies BuildOptions

/**
 * Bundles the Lambdas in one run of esbuild. Source maps are written apart: a cold start must not carry them.
 *
 * @param names entry files `functions/<name>.ts`
 */
export function bundleFunctions(names: readonly string[]): void {
  const { outputFiles } = buildSync({
    entryPoints: names.map(name => ({ in: join(root, 'functions', `${name}.ts`), out: `${name}/index` })),
    outdir: join(root, 'dist/functions'),
    write: false,
    ...BUNDLING,
    alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'lambda-credentials.ts') },
    sourcemap: 'external',
  })
  for (const { path, contents } of outputFiles) {
    const name = basename(dirname(path))
    replaceFile(path.endsWith('.map') ? join(root, 'dist/source-maps', `${name}.js.map`) : path, contents)
  }
  // Wherever the bundle lies, it is CommonJS: also below a package that says otherwise.
  for (const name of names) replaceFile(join(bundleFolder(name), 'package.json'), '{"type":"commonjs"}\n')
}

/** Writes a file in one step: another synthesis may be reading it, and half a bundle would become its asset. */
function replaceFile(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  // Not in the bundle's own folder: there it could get into the asset.
  const draft = join(root, 'dist', `.draft-${randomUUID()}`)
  writeFileSync(draft, contents)
  renameSync(draft, path)
}
