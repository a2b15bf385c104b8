import { mapBounded } from '../../functions/core/concurrency.ts'
import { differences, readTruth } from './check.ts'
import { eventually } from './pause.ts'
import type { Stage } from './stage.ts'

/** The re-check of an update comes after 15 s; retries of the database and of posts come on top. */
const ANNOUNCED_WITHIN_MS = 60_000
/** Of all browsers together. */
const SYNCED_WITHIN_MS = 300_000
const PUSHED_WITHIN_MS = 20_000
const SYNCS_AT_ONCE = 16
/** Whoever waits for the next try to connect is woken so often. */
const WAKE_MS = 2_000

/** Every newest version is announced, if not by its update then by the re-check. */
export async function awaitAnnouncements({ run, ledger, signal }: Stage): Promise<void> {
  const missing = async () =>
    [...(await readTruth(run)).subjects].filter(([, { isAnnounced }]) => !isAnnounced).map(([subject]) => subject)
  if (await eventually(signal, ANNOUNCED_WITHIN_MS, async () => (await missing()).length === 0, 1_000)) return
  for (const subject of await missing()) ledger.broken('not announced', `the newest version of ${subject}`)
}

/** Every browser syncs once more. */
export async function syncAll({ browsers, ledger, signal }: Stage): Promise<void> {
  const until = Date.now() + SYNCED_WITHIN_MS
  await mapBounded(browsers, SYNCS_AT_ONCE, async browser => {
    const before = browser.answered
    let hasAsked = false
    let wakeAt = 0
    const synced = await eventually(signal, until - Date.now(), () => {
      if (browser.isConnected && browser.answered > before) return true
      // One that is connected is asked once: the client itself sees to an answer that stays out.
      if (browser.isConnected ? !hasAsked : Date.now() >= wakeAt) {
        hasAsked ||= browser.isConnected
        wakeAt = Date.now() + WAKE_MS
        browser.wake()
      }
      return false
    })
    if (!synced) ledger.broken('lost', `${browser.user} could not sync: ${JSON.stringify(browser.grants.connection)}`)
  })
}

/** Without faults every version is pushed to everybody: no row is missing. */
export async function pushAll({ run, world, browsers, ledger, signal }: Stage): Promise<void> {
  const dials = new Map(browsers.map(browser => [browser, browser.dials]))
  const subjects = await world.updateAll('last')
  const truth = await readTruth(run)
  const missing = () =>
    browsers
      // Whoever came anew meanwhile has it from the first sync.
      .filter(browser => browser.isConnected && browser.dials === dials.get(browser))
      .flatMap(browser =>
        subjects
          .filter(subject => browser.grants.version(subject) !== undefined)
          .filter(subject => browser.pushed.get(subject) !== truth.subjects.get(subject)?.version)
          .map(subject => `${subject} was not pushed to ${browser.user}`),
      )
  const all = () => [...missing(), ...browsers.flatMap(browser => differences(browser, truth))]
  await eventually(signal, PUSHED_WITHIN_MS, () => all().length === 0)
  for (const difference of all()) ledger.broken('lost', `without a fault, ${difference}`)
}
