import type { LocalRun } from '../support/local-run.ts'
import type { Browser } from './browser.ts'
import type { Ledger } from './ledger.ts'
import type { World } from './world.ts'

/** What a soak plays on. */
export interface Stage {
  run: LocalRun
  world: World
  ledger: Ledger
  browsers: Browser[]
  /** Aborted where the soak is to end at once: waits fail then. */
  signal: AbortSignal
}
