// Sets up what is missing on a fresh clone: the dependencies, and with --browser a Chromium for the browser tests. The one
// script that runs on whatever Node the machine has; everything after it runs on the project's own (the dev dependency `node`).
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const root = new URL('..', import.meta.url).pathname
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0

const installed = `${root}node_modules/.package-lock.json`
const isCurrent = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs
if (!isCurrent || !existsSync(`${root}node_modules/.bin/node`)) {
  console.log('Installing the dependencies …')
  if (!run('npm', ['ci', '--loglevel=error'])) {
    console.error('The dependencies could not be installed. Look at the messages of npm above.')
    process.exit(1)
  }
}

if (process.argv.includes('--browser')) {
  const { findChromium } = await import('./chromium.mjs')
  if (findChromium() === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium …')
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'])
  }
  if (findChromium() === undefined)
    console.error('No Chromium was found: the browser tests will fail. Install it, or name it in CHROMIUM.')
}
