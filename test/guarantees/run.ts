import fc from 'fast-check'
import { subjectOf } from '../../protocol/ids.ts'
import { createGroup } from '../../functions/steps/groups.ts'
import { addMember, requireGroup } from '../../functions/steps/members.ts'
import { Browser } from './browser.ts'
import { script } from './script.ts'
import type { Stage } from './act.ts'
import { GROUPS, GuaranteeBroken } from './guarantees.ts'
import { CONNECTIONS, World, type Weather } from './world.ts'

/** How long everything may take to come to rest: longer than a re-check, shorter than a client's keep-alive. */
const REST_MS = 60_000
/** In a storm tasks are handed out again after six minutes each time, five times. */
const STORM_REST_MS = 35 * 60_000

/** Everybody runs on until the machine has nothing left to do, so that the scheduler chooses among all who could be next. */
const act = async (run: () => Promise<void>): Promise<void> => {
  await run()
  await new Promise(resolve => setImmediate(resolve))
}

/** Each run: a script of things that begin, the order in which everything goes on, the weather, and chance. */
const runs = fc.tuple(
  fc.scheduler({ act }),
  script(14),
  fc.constantFrom<Weather>('calm', 'storm'),
  fc.noShrink(fc.integer()),
)

/** A group with an admin, and perhaps two members. */
async function prepare(world: World): Promise<Stage> {
  const by = { updatedBy: 'service', commitId: 'first' }
  await world.invoke('prepare', { mayDie: false }, async ({ services, startedAt }) => {
    const budget = { deadline: startedAt + 5_000, limit: 2_000 }
    await createGroup(services, 'g', { admin: 'amy', settings: { a: 0 } }, by, budget)
    if (world.dice.chance(0.6)) await addMember(services, await requireGroup(services, 'g'), 'ben', 'member')
    if (world.dice.chance(0.4)) await addMember(services, await requireGroup(services, 'g'), 'ann', 'admin')
  })
  world.immediate = false
  return { world, browsers: world.dice.chance(0.8) ? [new Browser(world, 'ben')] : [], tabs: [] }
}

/** Whatever has been done to a group: when nothing else goes on, it can be made again. */
async function makeGroupsAgain(world: World): Promise<void> {
  const { guarantees } = world
  world.immediate = true
  world.faults = false
  for (const group of GROUPS) {
    const before = guarantees.newest(subjectOf('group', group))
    if (before === 0 || guarantees.isLive(group)) continue
    await world
      .invoke(`make ${group} again`, { mayDie: false }, ({ services, startedAt }) => {
        const by = { updatedBy: 'service', commitId: 'last' }
        return createGroup(services, group, { admin: 'amy', settings: {} }, by, {
          deadline: startedAt + 5_000,
          limit: 2_000,
        })
      })
      .catch((error: unknown) => guarantees.break('END', `${group} cannot be made again: ${String(error)}`))
    if (guarantees.newest(subjectOf('group', group)) !== before + 1)
      guarantees.break('G2', `${group} is not made again with version ${before + 1}`)
  }
}

/** @throws GuaranteeBroken the first guarantee that did not hold */
export async function runOnce(
  scheduler: fc.Scheduler,
  commands: Iterable<fc.AsyncCommand<object, Stage, true>>,
  weather: Weather,
  seed: number,
): Promise<void> {
  const world = new World(scheduler, weather, seed)
  const faults = world.faults
  world.faults = false
  const stage = await prepare(world)
  world.faults = faults
  await fc.scheduledModelRun(scheduler, () => ({ model: {}, real: stage }), commands)
  if (weather === 'storm') {
    await world.settle(2 * REST_MS)
    world.faults = false
    await world.settle(STORM_REST_MS)
    for (const row of world.dynamoDb.all(CONNECTIONS))
      if (row.pk.startsWith('GROUP#') && world.dice.chance(0.2)) world.dynamoDb.lose(CONNECTIONS, row)
    for (const browser of stage.browsers) browser.wake()
    for (const tab of stage.tabs) tab.sync()
  }
  await world.settle(REST_MS)
  world.guarantees.checkAtRest(stage.browsers)
  await makeGroupsAgain(world)
  const [first] = world.guarantees.broken
  if (first !== undefined) throw first
}

export interface Result {
  runs: number
  seed: number
  broken?: { guarantee: string; what: string; path: string; report: string }
}

export interface RunOptions {
  /** With the path that was printed: the run that was printed. */
  seed?: number
  path?: string
  /** Whether a broken run is made as short as it goes. */
  shrink?: boolean
}

/** Runs until a guarantee breaks, or as often as told. */
export async function run(numRuns: number, { seed, path, shrink = true }: RunOptions = {}): Promise<Result> {
  // The product logs each fault that it survives; there are many here, and they are meant.
  const { error: log } = console
  console.error = () => undefined
  const details = await fc.check(
    fc.asyncProperty(runs, ([scheduler, commands, weather, chance]) => runOnce(scheduler, commands, weather, chance)),
    {
      numRuns,
      endOnFailure: !shrink,
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
    },
  )
  console.error = log
  if (!details.failed) return { runs: details.numRuns, seed: details.seed }
  const error = details.errorInstance
  return {
    runs: details.numRuns,
    seed: details.seed,
    broken: {
      guarantee: error instanceof GuaranteeBroken ? error.guarantee : 'END',
      what:
        error instanceof Error
          ? error instanceof GuaranteeBroken
            ? error.message
            : (error.stack ?? '')
          : String(error),
      path: details.counterexamplePath ?? '',
      report: fc.defaultReportMessage(details) ?? '',
    },
  }
}
