import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const MINUTE = 60_000

describe('a connection that is lost', () => {
  it('is made again, and what changed meanwhile is told once', async () => {
    const visit = await world.join()
    world.server.door = 'refuse'
    world.server.cut()
    expect(visit.grants.connection).toEqual({ state: 'waiting', reason: 'dropped' })
    for (let version = 2; version < 5; version++) world.server.put('group:eng', { version })
    await world.time.advance(10_000)
    world.server.door = 'open'
    await world.time.until(() => visit.grants.connection.state === 'connected', 30_000)
    await world.time.advance(100)
    expect(visit.told).toHaveLength(1)
    expect(visit.told[0]).toMatchObject({ version: 4, settings: { version: 4 } })
    expect(visit.told[0]).not.toHaveProperty('change')
    world.expectRight(visit)
  })

  it('leaves the documents fresh for the time of grace, then nothing is allowed', async () => {
    const { grants } = await world.join()
    world.server.door = 'hang'
    world.server.cut()
    await world.time.advance(4_900)
    expect(grants.can('invoice.approve')).toBe(true)
    await world.time.advance(200)
    expect(grants.freshness).toBe('stale')
    expect(grants.can('invoice.approve')).toBe(false)
    expect(grants.settings('group:eng')).toEqual({ 'invoice.approve': true })
  })

  it('tells subscribers the very moment in which the documents become stale', async () => {
    const { grants } = await world.join({ graceMs: 1_000 })
    world.server.door = 'hang'
    world.server.cut()
    const seen: string[] = []
    grants.subscribe(() => seen.push(grants.freshness))
    await world.time.advance(1_000)
    expect(seen.at(-1)).toBe('stale')
  })

  it('is tried again after a random wait, of which the longest doubles from 2 s up to 20 s', async () => {
    const longest = async (random: number) => {
      const w = new World()
      const visit = w.visit({ polls: false })
      visit.tab.random = () => random
      w.server.door = 'refuse'
      await w.time.advance(5 * MINUTE)
      return w.server.dials.slice(1, 8).map((at, i) => Math.round((at - w.server.dials[i]! - 5) / 100) / 10)
    }
    expect(await longest(0)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    expect(await longest(1 - Number.EPSILON)).toEqual([2, 4, 8, 16, 20, 20, 20])
  })

  it('begins with the short wait again only after 60 s of health', async () => {
    const visit = await world.join()
    visit.tab.random = () => 1 - Number.EPSILON
    const lose = async (healthMs: number) => {
      await world.time.advance(healthMs)
      world.server.cut()
      const lostAt = world.time.now()
      const { length } = world.server.dials
      await world.time.until(() => world.server.dials.length > length, 30_000)
      await world.time.advance(100)
      return Math.round((world.server.dials.at(-1)! - lostAt) / 1_000)
    }
    expect(await lose(61_000)).toBe(2)
    expect(await lose(30_000)).toBe(4)
    expect(await lose(30_000)).toBe(8)
    expect(await lose(61_000)).toBe(2)
  })

  it('is noticed where an open socket gives no answer within 10 s', async () => {
    const { grants, tab } = await world.join()
    world.server.door = 'silent'
    tab.signal('wake')
    await world.time.advance(9_900)
    // Somebody who looks at the page again and again does not put it off.
    tab.signal('wake')
    expect(grants.connection.state).toBe('connected')
    await world.time.advance(200)
    expect(grants.connection).toEqual({ state: 'waiting', reason: 'silent' })
  })

  it('is given up where the server cannot answer a sync', async () => {
    const { grants, tab } = await world.join()
    world.server.weather = ({ to }) => (to === 'server' ? [] : [5])
    tab.signal('wake')
    const [socket] = world.server.sockets
    socket!.post({ event: 'Error', code: 'unavailable', message: '', retryable: true, ref: 2 })
    world.server.weather = () => [5]
    await world.time.advance(5)
    expect(grants.connection).toEqual({ state: 'waiting', reason: 'error' })
    await world.time.advance(3_000)
    expect(grants.connection.state).toBe('connected')
  })

  it('takes frames that are no events for what they are', async () => {
    const { grants } = await world.join()
    const [socket] = world.server.sockets
    for (const data of ['{"message":"Internal server error"}', 'no json', 'null', '7'])
      socket!.onmessage?.({ data } as MessageEvent)
    expect(grants.connection.state).toBe('connected')
  })
})
