import { execFileSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const SOURCES = ['web/{client,react,console}/**/*.{ts,tsx,css,html,svg,json}', 'protocol/*.ts', 'package-lock.json']

/** The folder of the built console; builds it first where it is missing or older than what it is made of. */
export function consoleFolder(): string {
  const folder = join(root, 'dist/console')
  const page = join(folder, 'index.html')
  const builtAt = existsSync(page) ? statSync(page).mtimeMs : 0
  const isStale = globSync(SOURCES, { cwd: root, exclude: path => /(^|\/)(dist|node_modules)(\/|$)/.test(path) }).some(
    file => statSync(join(root, file)).mtimeMs > builtAt,
  )
  if (isStale)
    execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'web/console', '--logLevel', 'warn'], {
      cwd: root,
      // A test's NODE_ENV would put React's development build into it.
      env: { ...process.env, NODE_ENV: 'production' },
      // What a build prints must not get between what the CDK prints.
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  return folder
}
