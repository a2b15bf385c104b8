import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

export interface Tarball {
  name: string
  path: string
  files: string[]
}

/** Builds both packages, which lints them as well, and packs them as `npm publish` would. */
export async function packPackages(): Promise<{ folder: string; tarballs: Tarball[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-packages-'))
  await run('npm', ['run', 'build:packages'], { cwd: root })
  const { stdout } = await run('npm', ['pack', '--json', '--workspaces', '--pack-destination', folder], { cwd: root })
  const packed = JSON.parse(stdout) as { name: string; filename: string; files: { path: string }[] }[]
  const tarballs = packed.map(({ name, filename, files }) => ({
    name,
    path: join(folder, filename),
    files: files.map(({ path }) => path).sort(),
  }))
  return { folder, tarballs }
}

/** A new Vite application with the packed packages installed, checked by the types that they carry, and built. Returns its folder; `dist` is the page. */
export async function buildFreshApp(folder: string, tarballs: readonly Tarball[]): Promise<string> {
  const app = join(folder, 'app')
  cpSync(join(import.meta.dirname, 'app'), app, { recursive: true })
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  // The versions that this project was installed with, so that npm has them in its cache.
  const versions = ['vite', 'react', 'react-dom', '@types/react', '@types/react-dom'].map(name => [
    name,
    devDependencies[name],
  ])
  const dependencies = Object.fromEntries([
    ...versions,
    ...tarballs.map(({ name, path }) => [name, `file:${path}`]),
  ]) as object
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies }))
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: app })
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', app])
  await run('npx', ['vite', 'build', '--base', './', '--logLevel', 'warn'], { cwd: app })
  return app
}
