import { seededRandom } from './seeded-random.ts'
import { World } from './world.ts'

export interface Storm {
  /** Upgrades that the server saw after the cut, ms since then. */
  attempts: number[]
  /** When each client was connected again, ms since the cut. */
  connected: number[]
  /** Connections that were lost again afterwards. */
  lostAgain: number
  /** Syncs that followed later, the keep-alives, ms since the cut. */
  keepAlives: number[]
}

/**
 * So many clients of the real package, all connected, all cut at the same moment.
 *
 * @param downMs how long the server refuses everybody after that
 * @param perSecond new connections that it takes in a second (API Gateway: 500 an account and Region)
 * @param watchMs how long they are watched after the cut
 */
export async function storm(clients: number, downMs: number, perSecond: number, watchMs: number): Promise<Storm> {
  const world = new World()
  const { time, server } = world
  const visits = []
  for (let i = 0; i < clients; i++) {
    const tab = world.browser.tab()
    tab.random = seededRandom(i)
    visits.push(await world.join({ tab, polls: false }))
  }
  // Long enough for each to count as healthy, and off the beat of their beginnings.
  await time.advance(120_000)

  const cutAt = time.now()
  const dialsBefore = server.dials.length
  const syncsBefore = server.received.length
  let room = perSecond
  let roomAt = cutAt
  server.admits = () => {
    room = Math.min(perSecond, room + ((time.now() - roomAt) * perSecond) / 1_000)
    roomAt = time.now()
    if (time.now() - cutAt < downMs || room < 1) return false
    room--
    return true
  }
  const connected: number[] = []
  let lostAgain = 0
  for (const { grants } of visits) {
    let was: string = grants.connection.state
    grants.subscribe(() => {
      const { state } = grants.connection
      if (state === was) return
      if (state === 'connected') connected.push(time.now() - cutAt)
      if (was === 'connected' && time.now() > cutAt) lostAgain++
      was = state
    })
  }
  server.cut()
  await time.advance(watchMs)
  const result = {
    attempts: server.dials.slice(dialsBefore).map(at => at - cutAt),
    connected,
    lostAgain,
    keepAlives: server.received
      .slice(syncsBefore)
      .map(({ at }) => at - cutAt)
      .filter(at => at > 60_000),
  }
  for (const { grants } of visits) grants.close()
  return result
}

/** How many fall into each stretch of `width` ms, from the first to the last. */
export function histogram(times: readonly number[], width: number): { from: number; count: number }[] {
  const counts = new Map<number, number>()
  for (const at of times) counts.set(Math.floor(at / width), (counts.get(Math.floor(at / width)) ?? 0) + 1)
  const keys = [...counts.keys()].sort((a, b) => a - b)
  const [first = 0] = keys
  return Array.from({ length: (keys.at(-1) ?? first) - first + 1 }, (_, i) => ({
    from: (first + i) * width,
    count: counts.get(first + i) ?? 0,
  }))
}
