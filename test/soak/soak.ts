import { mapBounded } from '../../functions/core/concurrency.ts'
import { getToken } from '../../local/tokens.ts'
import { startLocalRun } from '../support/local-run.ts'
import { Browser } from './browser.ts'
import { awaitAnnouncements, pushAll, syncAll } from './calm.ts'
import { createChance } from './chance.ts'
import { checkTable, differences, readTruth } from './check.ts'
import { disturb, type Disturbances } from './disturb.ts'
import { startLoad, type Load, type Percentiles } from './figures.ts'
import { Ledger, type Broken } from './ledger.ts'
import type { Stage } from './stage.ts'
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
  /** Ends the soak at once: what was counted until then is reported, and that it did not end is a violation. */
  signal?: AbortSignal
  /** Told how it goes. */
  log?: (line: string) => void
  /** Told every line of the system's own log. */
  trace?: (line: string) => void
}

export interface Pace {
  /** Of each of three who write, one of them users' own settings. Four more write together, half as often. */
  update: number
  membership: number
  cut: number
  storm: number
}

export interface Report extends Disturbances {
  seed: number
  sockets: number
  groups: number
  seconds: number
  updates: number
  /** Documents that were pushed. */
  deliveries: number
  /** Answers of the HTTP API, by status. */
  answers: Record<string, number>
  /** Connections that were dialled anew. */
  reconnections: number
  /** Connections that clients lost, and attempts that failed, by the client's reason. */
  losses: Record<string, number>
  syncs: number
  /** Versions that nobody had announced when their re-check came. */
  announcedByRecheck: number
  /** Documents that were behind when it had calmed down: the last sync brought them. */
  broughtBySync: number
  /** From a PATCH to its answer, ms. */
  answerMs: Percentiles
  /** From a PATCH to the push at a browser, ms. */
  pushMs: Percentiles
  /** How busy the machine was during the faults. */
  load: Load | undefined
  /** From the end of the faults until it was so, ms; what was not reached is missing. */
  calmMs: Partial<Record<'announced' | 'synced' | 'pushed', number>>
  broken: Partial<Record<Broken, number>>
  /** The first of them, in words. */
  violations: string[]
}

/** Users with a token that ends soon, one of so many; one of the two tabs of each does not renew it. */
const SHORT_TOKENS = 8
const DIALS = 16
const OPENED_WITHIN_MS = 90_000

/**
 * Runs the whole system with everything that can go wrong going wrong, then holds every browser against the database. A soak
 * that cannot go on is reported as far as it came, and that is a violation.
 */
export async function soak(options: SoakOptions): Promise<Report> {
  const { sockets, groups, seconds, seed, concurrency, signal = new AbortController().signal } = options
  const { log = () => undefined, trace = () => undefined } = options
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
  const world = new World(run, ledger, createChance(seed), { groups, users: Math.ceil(sockets / 2) })
  const ending = new AbortController()
  const stage: Stage = { run, world, ledger, browsers: [], signal: AbortSignal.any([signal, ending.signal]) }
  const { browsers } = stage
  const done: Disturbances = { faults: {}, cuts: 0 }
  const calmMs: Report['calmMs'] = {}
  let load: Load | undefined
  let broughtBySync = 0

  const play = async (): Promise<void> => {
    await world.populate()
    await openBrowsers(stage, options)
    log(`${browsers.length} browsers are connected; ${seconds} s of faults begin`)
    const loadNow = startLoad()
    try {
      await disturb(stage, options, done)
    } finally {
      load = loadNow()
    }
    log('it calms down')
    const calmAt = performance.now()
    const reached = (what: keyof Report['calmMs']) => (calmMs[what] = Math.round(performance.now() - calmAt))
    for (const browser of browsers) browser.drowsy = false
    await awaitAnnouncements(stage)
    reached('announced')
    const behind = await readTruth(run)
    // Whoever is just coming back has not heard of anything yet.
    broughtBySync = browsers
      .filter(({ isConnected }) => isConnected)
      .flatMap(browser => differences(browser, behind)).length
    await syncAll(stage)
    reached('synced')
    const truth = await readTruth(run)
    checkTable(truth, world, ledger)
    for (const browser of browsers)
      for (const difference of differences(browser, truth)) ledger.broken('lost', `after the sync, ${difference}`)
    log('every browser has synced; one more version of everything is pushed')
    await pushAll(stage)
    reached('pushed')
  }

  try {
    await unlessAborted(signal, play())
  } catch (error) {
    ledger.failed(error)
  } finally {
    ending.abort()
    for (const browser of browsers) browser.close()
    await run.close()
  }
  return {
    seed,
    sockets: browsers.length,
    groups,
    seconds,
    updates: world.figures.updates,
    deliveries: world.figures.deliveries,
    answers: Object.fromEntries([...world.figures.statuses].sort()),
    ...done,
    reconnections: browsers.reduce((sum, { dials }) => sum + dials, 0) - browsers.length,
    losses: world.figures.losses,
    syncs: browsers.reduce((sum, { syncs }) => sum + syncs, 0),
    announcedByRecheck,
    broughtBySync,
    answerMs: world.figures.answerMs,
    pushMs: world.figures.pushMs,
    load,
    calmMs,
    broken: Object.fromEntries(ledger.counts),
    violations: ledger.violations,
  }
}

const isAnnouncementByRecheck = (line: string): boolean =>
  line.includes("kind: 'recheck'") && !line.includes('skipped') && !line.includes('ERROR')

/** @throws the signal's reason as soon as it is aborted, whatever the work waits for */
async function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  await Promise.race([work, aborted])
}

/** Two tabs a user, some with tokens that end soon, and waits until all of them have synced. */
async function openBrowsers(
  { run, world, ledger, browsers, signal }: Stage,
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
        onLoss: reason => world.figures.lost(reason),
      })
      browsers.push(browser)
      const fresh = browser.grants.whenFresh({
        signal: AbortSignal.any([signal, AbortSignal.timeout(OPENED_WITHIN_MS)]),
      })
      await fresh.catch((cause: unknown) => {
        throw new Error(`${user} did not sync within ${OPENED_WITHIN_MS} ms`, { cause })
      })
    },
  )
}
