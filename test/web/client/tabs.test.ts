import { beforeEach, describe, expect, it } from 'vitest'
import { makeToken } from './support/virtual-server.ts'
import { World, type Visit } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const shared = (options: Parameters<World['visit']>[0] = {}) => world.join({ shared: true, ...options })

/** So many tabs of one user, the first of which leads. */
async function tabs(count: number): Promise<Visit[]> {
  const visits: Visit[] = []
  while (visits.length < count) visits.push(await shared())
  return visits
}

const allRight = (visits: readonly Visit[]) => visits.forEach(visit => world.expectRight(visit))

describe('tabs of one user', () => {
  it('share one connection, and each is told everything once', async () => {
    const visits = await tabs(5)
    expect(world.server.sockets.size).toBe(1)
    expect(world.server.dials).toHaveLength(1)
    world.server.put('group:eng', { 'invoice.approve': false })
    world.server.setRole('ops', 'ann', 'member')
    world.server.emit('group:eng', 'x', 'MaintenanceSoon', 1)
    await world.time.advance(1_000)
    for (const { told, grants } of visits) {
      expect(told).toMatchObject([
        { event: 'UserUpdated', version: 2, change: { 'invoice.approve': false } },
        { event: 'MembershipChanged', group: 'ops', role: 'member' },
      ])
      expect(grants).toMatchObject({ user: 'ann', freshness: 'fresh', connection: { state: 'connected' } })
      expect(grants.can('invoice.approve')).toBe(false)
    }
    allRight(visits)
  })

  it('each hear a custom event once', async () => {
    const visits = await tabs(3)
    const heard: number[] = []
    visits.forEach(({ grants }, i) => grants.on('MaintenanceSoon', () => heard.push(i)))
    world.server.weather = () => [5, 8]
    world.server.emit('group:eng', 'x', 'MaintenanceSoon', 1)
    await world.time.advance(1_000)
    expect(heard.sort()).toEqual([0, 1, 2])
  })

  it('ask for one token each, and do not give a connection id that would leave the other tabs out', async () => {
    for (const { tokens, grants } of await tabs(3)) {
      expect(tokens()).toBe(1)
      expect(grants.connectionId).toBeUndefined()
    }
  })

  it('do not let a tab be fresh before it has every document', async () => {
    await shared()
    const late = world.visit({ shared: true })
    const seen: [string, boolean][] = []
    late.grants.subscribe(() => seen.push([late.grants.freshness, late.grants.can('invoice.approve')]))
    await world.time.advance(2_000)
    expect(seen.filter(([freshness]) => freshness === 'fresh').every(([, can]) => can)).toBe(true)
    expect(late.grants.freshness).toBe('fresh')
  })

  it('show the same connection while it is lost and made again', async () => {
    const [first, second] = await tabs(2)
    world.server.door = 'hang'
    world.server.cut()
    await world.time.advance(6_000)
    for (const { grants } of [first!, second!]) {
      expect(grants.connection.reason).toBe('dropped')
      expect(grants.freshness).toBe('stale')
    }
    world.server.door = 'open'
    await world.time.advance(30_000)
    expect(second!.grants.connection.state).toBe('connected')
    allRight([first!, second!])
  })
})

describe('a tab that leads', () => {
  it('and is closed is followed by another within 2 s, and nothing is missed', async () => {
    const [first, ...others] = await tabs(5)
    first!.tab.kill()
    world.server.put('group:eng', { missed: true })
    await world.time.advance(2_000)
    expect(world.server.sockets.size).toBe(1)
    for (const visit of others) {
      expect(visit.told).toHaveLength(1)
      expect(visit.grants.connection.state).toBe('connected')
    }
    allRight(others)
  })

  it('and ends its client lets another one lead', async () => {
    const [first, second] = await tabs(2)
    first!.grants.close()
    world.server.put('group:eng', { a: 1 })
    await world.time.advance(1_000)
    expect(first!.grants.connection.state).toBe('closed')
    world.expectRight(second!)
    expect(second!.grants.connection.state).toBe('connected')
  })

  it('and hangs is followed by another that connects within 2 s; back again, it follows', async () => {
    const [first, ...others] = await tabs(4)
    await world.time.advance(10_000)
    first!.tab.freeze()
    world.server.put('group:eng', { missed: 1 })
    await world.time.advance(2_000)
    allRight(others)
    expect(world.server.dials).toHaveLength(2)
    world.server.put('group:eng', { missed: 2 })
    await world.time.advance(60_000)
    first!.tab.thaw()
    await world.time.advance(2_000)
    expect(world.server.sockets.size).toBe(1)
    allRight([first!, ...others])
    world.server.put('group:eng', { after: true })
    await world.time.advance(100)
    allRight([first!, ...others])
    expect(first!.told).toHaveLength(3)
  })

  it('and is left for another page hands over, and takes part again when it comes back', async () => {
    const [first, second] = await tabs(2)
    first!.tab.signal('suspend')
    expect([...world.browser.channels].map(({ tab }) => tab)).toEqual([second!.tab])
    await world.time.advance(100)
    expect(second!.grants.connection.state).toBe('connected')
    world.server.put('group:eng', { a: 1 })
    await world.time.advance(100)
    first!.tab.signal('wake')
    await world.time.advance(1_000)
    expect(world.server.sockets.size).toBe(1)
    allRight([first!, second!])
  })

  it('tells the others nothing of what it knew before the server confirmed it', async () => {
    const [first, second, third] = await tabs(3)
    // The second one does not hear any more that a group is lost, and leads next, without a server.
    second!.tab.freeze()
    world.server.setRole('eng', 'ann', null)
    await world.time.advance(100)
    world.server.door = 'refuse'
    first!.tab.kill()
    await world.time.advance(10)
    second!.tab.thaw()
    await world.time.advance(5_000)
    expect(third!.grants.groups).toEqual([])
    expect(third!.told.map(({ event }) => event)).toEqual(['MembershipChanged'])
    world.server.door = 'open'
    await world.time.advance(30_000)
    allRight([second!, third!])
  })

  it('is asked to sync when somebody comes back to another tab', async () => {
    const [, second] = await tabs(2)
    const { length } = world.server.syncs
    second!.tab.signal('wake')
    await world.time.advance(10)
    expect(world.server.syncs).toHaveLength(length + 1)
  })

  it('polls while it is hidden, as long as another tab is looked at', async () => {
    world.server.door = 'refuse'
    const first = world.visit({ shared: true })
    await world.time.until(() => first.grants.connection.state === 'polling', 15_000)
    const second = await shared()
    first.tab.visible = false
    await world.time.advance(60_000)
    world.server.put('group:eng', { a: 1 })
    await world.time.advance(31_000)
    allRight([first, second])
    expect(second.grants.freshness).toBe('fresh')
    second.tab.visible = false
    await world.time.advance(60_000)
    const { length } = world.server.polls
    await world.time.advance(600_000)
    expect(world.server.polls).toHaveLength(length)
    first.tab.kill()
    second.tab.visible = true
    await world.time.advance(100)
    expect(second.grants.connection.state).toBe('polling')
  })
})

describe('the end in one of several tabs', () => {
  it('is the end of all where the server signs the user out', async () => {
    const visits = await tabs(3)
    const heard: number[] = []
    visits.forEach(({ grants }, i) => grants.on('SignedOut', () => heard.push(i)))
    // An application that closes the client at once must not keep the others from hearing it.
    visits[0]!.grants.on('SignedOut', () => visits[0]!.grants.close())
    world.server.signOut('ann')
    await world.time.advance(100)
    const { length } = world.server.dials
    await world.time.advance(10_000)
    expect(world.server.dials).toHaveLength(length)
    expect(world.server.sockets.size).toBe(0)
    expect(heard.sort()).toEqual([0, 1, 2])
    for (const { grants } of visits) {
      expect(grants.connection.state).toBe('closed')
      expect(grants.settings('group:eng')).toBeUndefined()
    }
  })

  it('follows from its own token where that is refused', async () => {
    let signedIn = true
    const getToken = () => {
      if (!signedIn) throw Object.assign(new Error('signed out'), { name: 'UnauthorizedError' })
      return makeToken('ann', world.time.now() + 600_000)
    }
    const [first, second] = [await shared({ getToken }), await shared({ getToken })]
    signedIn = false
    await world.time.advance(600_000)
    for (const { grants } of [first, second])
      expect(grants.connection).toEqual({ state: 'closed', reason: 'unauthorized' })
  })
})

describe('tabs that share nothing', () => {
  it('are those of different users', async () => {
    const [ann, bob] = [await shared(), await shared({ user: 'bob' })]
    expect(world.server.sockets.size).toBe(2)
    world.expectRight(ann)
    world.expectRight(bob, 'bob')
  })

  it('are those with shared: false', async () => {
    const visits = [await shared(), await world.join({ shared: false })]
    expect(world.server.sockets.size).toBe(2)
    expect(visits[1]!.grants.connectionId).toMatch(/^connection-/)
  })

  it.each(['locks', 'channels'] as const)('are those of a browser without %s', async missing => {
    const visits: Visit[] = []
    for (let i = 0; i < 2; i++) {
      const tab = world.browser.tab()
      tab.features[missing] = false
      visits.push(await shared({ tab }))
    }
    expect(world.server.sockets.size).toBe(2)
    allRight(visits)
  })

  it('are those of a page that may not use locks', async () => {
    const tab = world.browser.tab()
    const environment = { ...tab.environment(), locks: { request: () => Promise.reject(new Error('SecurityError')) } }
    world.expectRight(await shared({ tab, environment }))
    expect(tab.reported).toEqual([new Error('SecurityError')])
  })
})

it('a tab whose token is of another user joins that user’s tabs', async () => {
  let user = 'ann'
  const [changing, ann, bob] = [
    await shared({ getToken: () => makeToken(user, world.time.now() + 600_000) }),
    await shared(),
    await shared({ user: 'bob' }),
  ]
  user = 'bob'
  await world.time.advance(620_000)
  world.expectRight(changing, 'bob')
  expect(changing.grants.user).toBe('bob')
  world.expectRight(ann)
  expect(world.server.sockets.size).toBe(2)
  expect(bob.grants.user).toBe('bob')
})
