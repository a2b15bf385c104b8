import type { Clock } from '../core/clock.ts'
import type { Rate } from '../core/rate.ts'
import type { Closer } from '../gateway/closer.ts'
import type { FanOutQueue } from '../gateway/fan-out-queue.ts'
import type { Poster } from '../gateway/poster.ts'
import type { Connections } from '../store/connections.ts'
import type { Memberships } from '../store/memberships.ts'
import type { SettingsLog } from '../store/settings-log.ts'

/** What the steps work with. Each names the parts that it needs: `Pick<Services, 'log' | 'poster'>`. */
export interface Services {
  log: SettingsLog
  memberships: Memberships
  connections: Connections
  poster: Poster
  closer: Closer
  queue: FanOutQueue
  clock: Clock
  /** One for all posts of this Lambda environment: they share one quota. */
  rate: Rate
  /** 0 to 1, for jitter. */
  random: () => number
}
