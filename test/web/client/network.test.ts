import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from './support/seeded-random.ts'
import type { VirtualTab } from './support/virtual-browser.ts'
import { expectInOrder, World, type Visit } from './support/world.ts'

/** What can happen, each after some time. */
const anyEvent = fc.record({
  after: fc.integer({ min: 0, max: 30_000 }),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.record({ put: fc.constantFrom('group:eng', 'group:ops', 'user:ann') }) },
    {
      weight: 3,
      arbitrary: fc.record({
        group: fc.constantFrom('eng', 'ops'),
        role: fc.constantFrom('member' as const, 'admin' as const, null),
      }),
    },
    { weight: 2, arbitrary: fc.constant('cut' as const) },
    { weight: 1, arbitrary: fc.constantFrom('refuse' as const, 'hang' as const, 'silent' as const) },
    { weight: 2, arbitrary: fc.constant('open' as const) },
    { weight: 1, arbitrary: fc.constantFrom('http off' as const, 'http on' as const) },
    { weight: 2, arbitrary: fc.constantFrom('wake' as const, 'suspend' as const, 'freeze' as const, 'thaw' as const) },
    { weight: 1, arbitrary: fc.constantFrom('expire' as const, 'kill' as const) },
  ),
})

/** Of each message: lost, doubled, late. */
const anyWeather = fc.infiniteStream(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant([5]) },
    { weight: 2, arbitrary: fc.constant([] as number[]) },
    { weight: 2, arbitrary: fc.array(fc.integer({ min: 1, max: 8_000 }), { minLength: 1, maxLength: 3 }) },
  ),
)

const anyRun = fc.record({
  events: fc.array(anyEvent, { maxLength: 25 }),
  weather: anyWeather,
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  which: fc.infiniteStream(fc.nat({ max: 2 })),
})
type Run = typeof anyRun extends fc.Arbitrary<infer T> ? T : never

function apply(world: World, tabs: VirtualTab[], which: number, what: Run['events'][number]['what']): void {
  const { server } = world
  const tab = tabs[which % tabs.length]!
  if (typeof what === 'object') {
    if ('put' in what) server.put(what.put, { at: world.time.now(), 'invoice.approve': which > 0 })
    else server.setRole(what.group, 'ann', what.role)
  } else if (what === 'cut') server.cut()
  else if (what === 'http off' || what === 'http on') server.http = what === 'http on'
  else if (what === 'wake' || what === 'suspend') tab.signal(what)
  else if (what === 'freeze') tab.freeze()
  else if (what === 'thaw') tab.thaw()
  else if (what === 'expire') server.signOut('ann', true)
  else if (what === 'kill') {
    // One tab at least is left to be looked at.
    if (tabs.length > 1) tabs.splice(tabs.indexOf(tab), 1)[0]!.kill()
  } else server.door = what
}

/** Lets it all happen, then the sun come out, and looks at what the tabs know in the end. */
async function run({ events, weather, seed, which }: Run, tabCount: number): Promise<void> {
  const world = new World()
  const tabs: VirtualTab[] = []
  const visits: Visit[] = []
  for (let i = 0; i < tabCount; i++) {
    const tab = world.browser.tab()
    tab.random = seededRandom(seed + i)
    tabs.push(tab)
    visits.push(world.visit({ tab, shared: tabCount > 1 }))
  }
  world.server.weather = () => weather.next().value as number[]
  for (const { after, what } of events) {
    await world.time.advance(after)
    apply(world, tabs, which.next().value as number, what)
  }
  world.server.weather = () => [5]
  world.server.door = 'open'
  world.server.http = true
  for (const tab of tabs) {
    tab.thaw()
    tab.signal('wake')
  }
  await world.time.advance(60_000)
  // One wake more: what every push lost during the last weather, the next sync brings.
  for (const tab of tabs) tab.signal('wake')
  await world.time.advance(5_000)
  for (const visit of visits) {
    expectInOrder(visit.told)
    if (!tabs.includes(visit.tab)) continue
    world.expectRight(visit)
    expect(visit.grants.freshness).toBe('fresh')
    expect(visit.grants.connection.state).toBe('connected')
  }
  expect(world.server.sockets.size).toBe(1)
}

it('a client ends at the server’s documents, and tells each version once and in order, whatever the network does', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async aRun => run(aRun, 1)),
    { numRuns: 300 },
  )
}, 60_000)

it('three tabs that share a connection do, too', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async aRun => run(aRun, 3)),
    { numRuns: 150 },
  )
}, 60_000)
