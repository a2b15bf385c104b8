import { createChance } from './chance.ts'
import { pause } from './pause.ts'
import type { Pace } from './soak.ts'
import type { Stage } from './stage.ts'
import { DEATHS, STORM, WEATHER } from './weather.ts'

/** What has gone wrong on purpose. */
export interface Disturbances {
  /** Faults that happened, by their names. */
  faults: Record<string, number>
  /** Lines that were cut from outside, besides those that a fault cut. */
  cuts: number
}

/**
 * Everything at once for the time of the soak. What is done then and fails in a way that the API does not know is a
 * violation, and the rest goes on.
 *
 * @param done is counted up while it goes on
 */
export async function disturb(
  { run, world, ledger, browsers, signal }: Stage,
  { seconds, seed, pace }: { seconds: number; seed: number; pace: Pace },
  done: Disturbances,
): Promise<void> {
  const { faults } = run.stack
  const chance = createChance(seed + 1_000_003)
  const until = Date.now() + seconds * 1000
  const count = (name: string, happened: number) => (done.faults[name] = (done.faults[name] ?? 0) + happened)
  const loop = async (meanMs: number, act: () => unknown): Promise<void> => {
    for (;;) {
      const wait = chance.next() * 2 * meanMs
      if (Date.now() + wait >= until) return
      await pause(wait, signal)
      try {
        await act()
      } catch (error) {
        signal.throwIfAborted()
        ledger.failed(error)
      }
    }
  }
  const cut = () => {
    const browser = chance.pick(browsers)
    if (!browser.isConnected) return
    done.cuts++
    // From either end: the gateway does not always hear it first.
    if (chance.next() < 0.5) browser.cut()
    else run.stack.webSocketApi.connections.get(browser.grants.connectionId ?? '')?.cut()
  }
  const storm = async () => {
    const end = faults.add(STORM)
    try {
      await pause(1_000 + chance.next() * 3_000, signal)
    } finally {
      count('storm', faults.counts().find(({ rule }) => rule.rate === STORM.rate)?.happened ?? 0)
      end()
    }
  }
  const remove = [...WEATHER, ...DEATHS].map(rule => faults.add(rule))
  try {
    await Promise.all([
      loop(pace.update, () => world.update('a')),
      loop(pace.update, () => world.update('b')),
      loop(pace.update * 2, () => world.updateTogether(['c', 'd', 'e', 'f'])),
      loop(pace.update, () => world.updateUser()),
      loop(pace.membership, () => world.changeMembership()),
      loop(pace.membership, () => world.changeMembership()),
      loop(pace.membership * 4, () => world.emit()),
      loop(pace.membership * 4, () => world.askAsOutsider()),
      loop(pace.storm, () => world.rebirth()),
      loop(pace.cut, cut),
      loop(pace.storm, storm),
    ])
  } finally {
    for (const { rule, happened } of faults.counts()) count(rule.fault ?? 'latency', happened)
    for (const end of remove) end()
  }
}
