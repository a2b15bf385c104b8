import { mapBounded } from '../../functions/core/concurrency.ts'
import { getToken } from '../../local/tokens.ts'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'
import { Browser } from './browser.ts'
import { createChance } from './chance.ts'
import { checkTable, differences, readTruth } from './check.ts'
import type { Percentiles } from './figures.ts'
import { Ledger, type Broken } from './ledger.ts'
import { DEATHS, STORM, WEATHER } from './weather.ts'
import { World } from './world.ts'

export interface SoakOptions {
  sockets: number
  groups: number
  /** How long things go wrong. Setting up, calming down and checking come on top. */
  seconds: number
  seed: number
  /** Execution environments of one Lambda at once. */
  concurrency: number
  /** How long a token is valid that ends soon. */
  tokenSeconds: number
  /** Mean pauses between acts of one kind, ms. */
  pace: Pace
  /** Told how it goes. */
  log?: (line: string) => void
  /** Told every line of the system's own log. */
  trace?: (line: string) => void
}

export interface Pace {
  /** Of each of two who write. Four more write together, half as often. */
  update: number
  membership: number
  cut: number
  storm: number
}

export interface Report {
  seed: number
  sockets: number
  groups: number
  seconds: number
  updates: number
  /** Documents that were pushed. */
  deliveries: number
  /** Answers of the HTTP API, by status. */
  answers: Record<string, number>
  /** Faults that happened, by their names. */
  faults: Record<string, number>
  /** Lines that were cut from outside, besides those that a fault cut. */
  cuts: number
  /** Connections that were dialled anew. */
  reconnections: number
  syncs: number
  /** Versions that nobody had announced when their re-check came. */
  announcedByRecheck: number
  /** Documents that were behind when it had calmed down: the last sync brought them. */
  broughtBySync: number
  /** From a PATCH to its answer, ms. */
  answerMs: Percentiles
  /** From a PATCH to the push at a browser, ms. */
  pushMs: Percentiles
  broken: Partial<Record<Broken, number>>
  /** The first of them, in words. */
  violations: string[]
}

/** Users with a token that ends soon, one of so many; one of the two tabs of each does not renew it. */
const SHORT_TOKENS = 8
/** The re-check of an update comes after 15 s; retries of the database and of posts come on top. */
const ANNOUNCED_WITHIN_MS = 60_000
const SYNCED_WITHIN_MS = 90_000
const PUSHED_WITHIN_MS = 20_000
const DIALS = 16

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Asks again and again until it holds. Whether it did in time. */
async function eventually(withinMs: number, holds: () => boolean | Promise<boolean>, everyMs = 200): Promise<boolean> {
  for (const until = Date.now() + withinMs; ; await pause(everyMs)) {
    if (await holds()) return true
    if (Date.now() > until) return false
  }
}

/** Runs the whole system with everything that can go wrong going wrong, then holds every browser against the database. */
export async function soak(options: SoakOptions): Promise<Report> {
  const { sockets, groups, seconds, seed, concurrency, log = () => undefined, trace = () => undefined } = options
  let announcedByRecheck = 0
  const run = await startLocalRun({
    faults: { seed },
    concurrency,
    log(line) {
      trace(line)
      if (isAnnouncementByRecheck(line)) announcedByRecheck++
    },
  })
  const ledger = new Ledger()
  const chance = createChance(seed)
  const world = new World(run, ledger, chance, { groups, users: Math.ceil(sockets / 2) })
  const browsers: Browser[] = []
  try {
    await world.populate()
    await openBrowsers(run, world, ledger, browsers, options)
    log(`${browsers.length} browsers are connected; ${seconds} s of faults begin`)
    const { faults, cuts } = await disturb(run, world, browsers, options)
    log('it calms down')
    for (const browser of browsers) browser.drowsy = false
    await awaitAnnouncements(run, ledger)
    const behind = await readTruth(run)
    // Whoever is just coming back has not heard of anything yet.
    const broughtBySync = browsers
      .filter(({ isConnected }) => isConnected)
      .flatMap(browser => differences(browser, behind)).length
    await syncAll(browsers, ledger)
    const truth = await readTruth(run)
    checkTable(truth, world, ledger)
    for (const browser of browsers)
      for (const difference of differences(browser, truth)) ledger.broken('lost', `after the sync, ${difference}`)
    log('every browser has synced; one more version of everything is pushed')
    await pushAll(run, world, browsers, ledger)
    return {
      seed,
      sockets: browsers.length,
      groups,
      seconds,
      updates: world.figures.updates,
      deliveries: world.figures.deliveries,
      answers: Object.fromEntries([...world.figures.statuses].sort()),
      faults,
      cuts,
      reconnections: browsers.reduce((sum, { dials }) => sum + dials, 0) - browsers.length,
      syncs: browsers.reduce((sum, { syncs }) => sum + syncs, 0),
      announcedByRecheck,
      broughtBySync,
      answerMs: world.figures.answerMs,
      pushMs: world.figures.pushMs,
      broken: Object.fromEntries(ledger.counts),
      violations: ledger.violations,
    }
  } finally {
    for (const browser of browsers) browser.close()
    await run.close()
  }
}

const isAnnouncementByRecheck = (line: string): boolean =>
  line.includes("kind: 'recheck'") && !line.includes('skipped') && !line.includes('ERROR')

/** Two tabs a user, some with tokens that end soon, and waits until all of them have synced. */
async function openBrowsers(
  run: LocalRun,
  world: World,
  ledger: Ledger,
  browsers: Browser[],
  { sockets, seed, tokenSeconds }: SoakOptions,
): Promise<void> {
  await mapBounded(
    Array.from({ length: sockets }, (_, index) => index),
    DIALS,
    async index => {
      const number = index % world.users.length
      const user = world.users[number] ?? ''
      const short = number % SHORT_TOKENS === 0
      const chance = createChance(seed + index + 1)
      const browser = new Browser({
        user,
        webSocketUrl: run.stack.webSocketUrl,
        getToken: () => (short ? getToken(run.stack, { who: { user }, expiresIn: tokenSeconds }) : run.token(user)),
        random: () => chance.next(),
        ledger,
        drowsy: short && index >= world.users.length,
        onPush: (subject, version) => world.figures.pushed(`${subject}@${version}`, performance.now()),
      })
      browsers.push(browser)
      await browser.grants.whenFresh({ signal: AbortSignal.timeout(SYNCED_WITHIN_MS) })
    },
  )
}

/** Everything at once for the time of the soak. */
async function disturb(
  run: LocalRun,
  world: World,
  browsers: readonly Browser[],
  { seconds, seed, pace }: SoakOptions,
): Promise<{ faults: Record<string, number>; cuts: number }> {
  const chance = createChance(seed + 1_000_003)
  const until = Date.now() + seconds * 1000
  const faults: Record<string, number> = {}
  let cuts = 0
  const count = () => {
    for (const { rule, happened } of run.stack.faults.counts()) {
      const name = rule.fault ?? 'latency'
      faults[name] = (faults[name] ?? 0) + happened
    }
  }
  const loop = async (meanMs: number, act: () => unknown): Promise<void> => {
    for (;;) {
      const wait = chance.next() * 2 * meanMs
      if (Date.now() + wait >= until) return
      await pause(wait)
      await act()
    }
  }
  const cut = () => {
    const browser = chance.pick(browsers)
    if (!browser.isConnected) return
    cuts++
    // From either end: the gateway does not always hear it first.
    if (chance.next() < 0.5) browser.cut()
    else run.stack.webSocketApi.connections.get(browser.grants.connectionId ?? '')?.cut()
  }
  const storm = async () => {
    const end = run.stack.faults.add(STORM)
    await pause(1_000 + chance.next() * 3_000)
    faults['storm'] =
      (faults['storm'] ?? 0) + (run.stack.faults.counts().find(({ rule }) => rule.rate === STORM.rate)?.happened ?? 0)
    end()
  }
  const remove = [...WEATHER, ...DEATHS].map(rule => run.stack.faults.add(rule))
  await Promise.all([
    loop(pace.update, () => world.update('a')),
    loop(pace.update, () => world.update('b')),
    loop(pace.update * 2, () => world.updateTogether(['c', 'd', 'e', 'f'])),
    loop(pace.update * 4, () => world.updateUser()),
    loop(pace.membership, () => world.changeMembership()),
    loop(pace.membership, () => world.changeMembership()),
    loop(pace.membership * 4, () => world.emit()),
    loop(pace.membership * 4, () => world.askAsOutsider()),
    loop(pace.storm, () => world.rebirth()),
    loop(pace.cut, cut),
    loop(pace.storm, storm),
  ])
  count()
  for (const end of remove) end()
  return { faults, cuts }
}

/** Every newest version is announced, if not by its update then by the re-check. */
async function awaitAnnouncements(run: LocalRun, ledger: Ledger): Promise<void> {
  const missing = async () =>
    [...(await readTruth(run)).subjects].filter(([, { isAnnounced }]) => !isAnnounced).map(([subject]) => subject)
  if (await eventually(ANNOUNCED_WITHIN_MS, async () => (await missing()).length === 0, 1_000)) return
  for (const subject of await missing()) ledger.broken('not announced', `the newest version of ${subject}`)
}

/** Every browser syncs once more. */
async function syncAll(browsers: readonly Browser[], ledger: Ledger): Promise<void> {
  await mapBounded(browsers, DIALS, async browser => {
    const before = browser.answered
    let woken = 0
    const synced = await eventually(SYNCED_WITHIN_MS, () => {
      if (browser.isConnected && browser.answered > before) return true
      // Whoever waits for the next try to connect tries now.
      if (woken++ % 10 === 0) browser.wake()
      return false
    })
    if (!synced) ledger.broken('lost', `${browser.user} could not sync: ${JSON.stringify(browser.grants.connection)}`)
  })
}

/** Without faults every version is pushed to everybody: no row is missing. */
async function pushAll(run: LocalRun, world: World, browsers: readonly Browser[], ledger: Ledger): Promise<void> {
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
  await eventually(PUSHED_WITHIN_MS, () => all().length === 0)
  for (const difference of all()) ledger.broken('lost', `without a fault, ${difference}`)
}
