import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a browser loads of a piece of code: bundled and minified, in bytes, and compressed with gzip at level 9. */
export async function bundleSize(
  code: string,
  external: string[] = [],
): Promise<{ minified: number; gzipped: number }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external,
    alias: { '@grantwire/client': `${root}web/client/index.ts`, '@grantwire/react': `${root}web/react/index.ts` },
    write: false,
    logLevel: 'silent',
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
}

/** Everything that an application can import of the client. */
export const CLIENT = `export * from '@grantwire/client'`
/** What the hooks add to an application that has React and the client. */
export const HOOKS = `export * from '@grantwire/react'`
export const HOOKS_EXTERNAL = ['react', '@grantwire/client']
