import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const gaps = (): number[] =>
  world.server.polls.slice(1).map(({ at }, i) => Math.round((at - world.server.polls[i]!.at) / 1_000))

/** A visit behind a proxy that blocks WebSockets, once it polls. */
async function blocked(options: Parameters<World['visit']>[0] = {}) {
  world.server.door = 'refuse'
  const visit = world.visit(options)
  visit.tab.random = () => 0
  await world.time.until(() => visit.grants.connection.state === 'polling', 15_000)
  await world.time.advance(100)
  return visit
}

describe('where no WebSocket comes up', () => {
  it('within 15 s, the client polls', async () => {
    world.server.door = 'hang'
    const { grants, states } = world.visit()
    await world.time.advance(14_900)
    expect(states).toEqual(['connecting'])
    await world.time.advance(200)
    expect(grants.connection).toEqual({ state: 'polling', reason: 'silent' })
    expect(grants.can('invoice.approve')).toBe(true)
  })

  it('because each is refused, the client polls after 14 s at the latest', async () => {
    world.server.door = 'refuse'
    const { grants, tab } = world.visit()
    tab.random = () => 1 - Number.EPSILON
    await world.time.advance(14_100)
    expect(grants.connection).toEqual({ state: 'polling', reason: 'refused' })
  })

  it('because a proxy lets it open and swallows everything, the client polls', async () => {
    world.server.door = 'silent'
    const { grants } = world.visit()
    await world.time.advance(15_000)
    expect(grants.connection.state).toBe('polling')
    expect(grants.freshness).toBe('fresh')
  })

  it('and no address to poll, the client goes on trying', async () => {
    world.server.door = 'refuse'
    const { grants } = world.visit({ polls: false })
    await world.time.advance(60_000)
    expect(['waiting', 'connecting']).toContain(grants.connection.state)
    world.server.door = 'open'
    await world.time.advance(21_000)
    expect(grants.connection.state).toBe('connected')
  })
})

describe('a client that polls', () => {
  it('tells the same events, out of the difference', async () => {
    const visit = await blocked()
    expect(visit.told).toEqual([])
    world.server.put('group:eng', { 'invoice.approve': false })
    world.server.setRole('ops', 'ann', 'member')
    await world.time.advance(6_000)
    expect(visit.told).toMatchObject([
      { event: 'UserUpdated', subject: 'group:eng', version: 2, settings: { 'invoice.approve': false } },
      { event: 'MembershipChanged', group: 'ops', role: 'member' },
    ])
    expect(visit.grants.can('invoice.approve')).toBe(false)
    world.server.setRole('eng', 'ann', null)
    await world.time.advance(6_000)
    expect(visit.told.at(-1)).toEqual({ event: 'MembershipChanged', group: 'eng', role: null })
    world.expectRight(visit)
  })

  it('asks every 5 s, backing off to 30 s while nothing changes, and every 5 s again after a change', async () => {
    await blocked()
    await world.time.advance(100_000)
    expect(gaps()).toEqual([5, 10, 20, 30, 30])
    expect(world.server.polls.map(({ status }) => status)).toEqual([200, 304, 304, 304, 304, 304])
    world.server.put('group:eng', { a: 1 })
    await world.time.advance(40_000)
    expect(gaps().slice(5, 7)).toEqual([30, 5])
  })

  it('does not ask while the page is hidden, and asks at once when it is seen again', async () => {
    const visit = await blocked()
    visit.tab.visible = false
    await world.time.advance(5_000)
    const { length } = world.server.polls
    await world.time.advance(600_000)
    expect(world.server.polls).toHaveLength(length)
    expect(visit.grants.freshness).toBe('stale')
    world.server.put('group:eng', { hidden: true })
    visit.tab.visible = true
    visit.tab.signal('wake')
    await world.time.advance(10)
    expect(world.server.polls).toHaveLength(length + 1)
    world.expectRight(visit)
    expect(visit.grants.freshness).toBe('fresh')
  })

  it('stays fresh from poll to poll, and is stale when the polls fail', async () => {
    const visit = await blocked()
    const seen = new Set<string>()
    visit.grants.subscribe(() => seen.add(visit.grants.freshness))
    await world.time.advance(300_000)
    expect(seen).toEqual(new Set(['fresh']))
    world.server.http = false
    await world.time.advance(60_000)
    expect(visit.grants.can('invoice.approve')).toBe(false)
    world.server.http = true
    await world.time.advance(31_000)
    expect(visit.grants.can('invoice.approve')).toBe(true)
  })

  it('gives a request up that is not answered within 10 s', async () => {
    const tab = world.browser.tab()
    const requests: AbortSignal[] = []
    const environment = { ...tab.environment() }
    environment.fetch = (_, init) => {
      requests.push(init.signal!)
      return new Promise((_resolve, reject) => init.signal!.addEventListener('abort', () => reject(new Error())))
    }
    world.server.door = 'refuse'
    world.visit({ environment })
    await world.time.until(() => requests.length === 1, 15_000)
    await world.time.advance(10_100)
    expect(requests[0]!.aborted).toBe(true)
    await world.time.advance(10_000)
    expect(requests).toHaveLength(2)
  })

  it('takes no answer for one that is none: an error, a page of a captive portal', async () => {
    const tab = world.browser.tab()
    const environment = { ...tab.environment() }
    const answers = [
      new Response('{"message":"Too Many Requests"}', { status: 429 }),
      new Response('<html>Please sign in to the Wi-Fi</html>'),
      new Response('{}'),
    ]
    environment.fetch = async () => answers.shift() ?? new Response(JSON.stringify(world.server.me('ann')))
    world.server.door = 'refuse'
    const { grants } = world.visit({ environment })
    await world.time.until(() => answers.length === 0, 60_000)
    await world.time.advance(10)
    expect(grants.freshness).toBe('initializing')
    await world.time.advance(31_000)
    expect(grants.can('invoice.approve')).toBe(true)
  })

  it('tries the WebSocket in the background, and goes on with it: nothing twice, no more polls', async () => {
    const visit = await blocked()
    world.server.put('group:eng', { first: true })
    await world.time.advance(6_000)
    world.server.door = 'open'
    await world.time.until(() => visit.grants.connection.state === 'connected', 21_000)
    const { length } = world.server.polls
    world.server.put('group:eng', { second: true })
    await world.time.advance(60_000)
    expect(world.server.polls).toHaveLength(length)
    expect(visit.told).toHaveLength(2)
    expect(visit.states.slice(-2)).toEqual(['polling', 'connected'])
    world.expectRight(visit)
  })

  it('does not keep the socket from syncing when polls and sync overlap', async () => {
    const visit = await blocked()
    world.server.weather = ({ event }) => (event === 'Synced' ? [9_000] : [5])
    world.server.door = 'open'
    visit.tab.signal('wake')
    await world.time.advance(9_100)
    expect(visit.grants.connection.state).toBe('connected')
    world.expectRight(visit)
  })

  it('polls again at once when it comes back from the back/forward cache to the same proxy', async () => {
    const visit = await blocked()
    visit.tab.signal('suspend')
    const { length } = world.server.polls
    await world.time.advance(60_000)
    expect(world.server.polls).toHaveLength(length)
    visit.tab.signal('wake')
    await world.time.advance(100)
    expect(visit.grants.connection.state).toBe('polling')
    expect(world.server.polls).toHaveLength(length + 1)
  })

  it('stops when it is closed', async () => {
    const { grants } = await blocked()
    grants.close()
    const { length } = world.server.polls
    await world.time.advance(60_000)
    expect(world.server.polls).toHaveLength(length)
  })
})
