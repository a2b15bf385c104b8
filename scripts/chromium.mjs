import { existsSync } from 'node:fs'

/** Where this machine's Chromium is; undefined where there is none. The variable CHROMIUM names another one. */
export function findChromium() {
  const places = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ]
  const named = process.env.CHROMIUM
  return (named === undefined ? places : [named]).find(path => existsSync(path))
}
