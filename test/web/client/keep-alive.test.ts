import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const MINUTE = 60_000

describe('a connection that holds', () => {
  it('syncs as its keep-alive every 8 to 9 minutes, with the versions that it knows', async () => {
    const visit = await world.join()
    visit.tab.random = () => 0.999
    await world.time.advance(30 * MINUTE)
    const gaps = world.server.syncs.slice(2).map(({ at }, i) => at - world.server.syncs[i + 1]!.at)
    for (const gap of gaps) {
      expect(gap).toBeGreaterThan(8 * MINUTE)
      expect(gap).toBeLessThan(9 * MINUTE)
    }
    expect(world.server.syncs.at(-1)!.known).toEqual({ 'user:ann': 0, 'group:eng': 1 })
    expect(visit.states).toEqual(['connecting', 'connected'])
  })

  it('brings what every push lost', async () => {
    const visit = await world.join()
    world.server.weather = ({ event }) => (event === 'UserUpdated' ? [] : [5])
    world.server.put('group:eng', { 'invoice.approve': false })
    await world.time.advance(9 * MINUTE)
    expect(visit.told).toHaveLength(1)
    world.expectRight(visit)
  })

  it('syncs at once when the page wakes', async () => {
    const { tab } = await world.join()
    const { length } = world.server.syncs
    tab.signal('wake')
    await world.time.advance(10)
    expect(world.server.syncs).toHaveLength(length + 1)
  })

  it('is not trusted by a page that wakes: without an answer nothing is allowed after the time of grace', async () => {
    const { grants, tab } = await world.join()
    world.server.door = 'silent'
    tab.signal('wake')
    await world.time.advance(5_100)
    expect(grants.connection.state).toBe('connected')
    expect(grants.can('invoice.approve')).toBe(false)
  })

  it('is handed over before two hours are over: no gap, nothing twice, the first closes when the second is synced', async () => {
    const visit = await world.join()
    const [first] = world.server.sockets
    await world.time.advance(104 * MINUTE)
    expect(world.server.sockets).toEqual(new Set([first]))
    // The second one's answer takes its time: meanwhile both are open, and pushes come over both.
    world.server.weather = ({ event }) => (event === 'Synced' ? [2_000] : [5])
    await world.time.until(() => world.server.sockets.size === 2, 12 * MINUTE)
    world.server.put('group:eng', { during: true })
    world.server.emit('group:eng', 'x', 'Custom', 1)
    await world.time.advance(1_000)
    expect(visit.grants.connection.state).toBe('connected')
    expect(first!.isOver).toBe(false)
    await world.time.advance(3_000)
    expect(first!.isOver).toBe(true)
    expect(world.server.sockets.size).toBe(1)
    expect(visit.told.map(event => 'version' in event && event.version)).toEqual([2])
    expect(visit.states).toEqual(['connecting', 'connected'])
    expect(visit.grants.freshness).toBe('fresh')
    world.expectRight(visit)
  })

  it('goes on where the hand-over fails, and hands over later', async () => {
    const visit = await world.join()
    const [first] = world.server.sockets
    await world.time.advance(104 * MINUTE)
    world.server.door = 'refuse'
    await world.time.until(() => world.server.dials.length > 3, 14 * MINUTE)
    expect(first!.isOver).toBe(false)
    world.server.door = 'open'
    await world.time.until(() => first!.isOver, MINUTE)
    await world.time.advance(100)
    expect(visit.states).toEqual(['connecting', 'connected'])
    world.expectRight(visit)
  })
})
