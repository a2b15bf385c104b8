import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Where the stack that `npm start` runs is to be found. */
export interface Running {
  consoleUrl: string
  issuer: string
  /** What AWS would bill: see billing/server.ts. */
  billUrl: string
}

/** @throws Error where nothing runs */
export function readRunning(): Running {
  try {
    return JSON.parse(readFileSync(resolve(import.meta.dirname, '../.grantwire/local.json'), 'utf8')) as Running
  } catch (error) {
    throw new Error('Nothing runs: start it with npm start.', { cause: error })
  }
}
