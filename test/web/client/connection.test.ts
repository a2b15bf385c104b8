import { beforeEach, describe, expect, it } from 'vitest'
import { UnauthorizedError } from '../../../web/client/index.ts'
import { makeToken } from './support/virtual-server.ts'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const MINUTE = 60_000

describe('a client that connects', () => {
  it('knows nothing and allows nothing, until the server has answered', async () => {
    const { grants } = world.visit()
    expect(grants).toMatchObject({ freshness: 'initializing', connection: { state: 'connecting', reason: 'starting' } })
    expect(grants.can('invoice.approve')).toBe(false)
    await world.time.advance(100)
    expect(grants).toMatchObject({
      freshness: 'fresh',
      connection: { state: 'connected', reason: 'synced' },
      user: 'ann',
    })
    expect(grants.can('invoice.approve')).toBe(true)
    expect(grants.can('invoice.approve', { group: 'eng' })).toBe(true)
    expect(grants.can('invoice.approve', { group: 'other' })).toBe(false)
    expect(grants.connectionId).toMatch(/^connection-/)
  })

  it('takes an answer that comes in parts as one', async () => {
    for (const group of ['a', 'b', 'c']) {
      world.server.setRole(group, 'ann', 'member')
      world.server.put(`group:${group}`, { [group]: true })
    }
    world.server.partSize = 1
    const visit = await world.join()
    world.expectRight(visit)
    expect(visit.told).toEqual([])
  })

  it('tells a new version once, in order, and allows at once what it allows', async () => {
    const visit = await world.join()
    world.server.weather = ({ event }) => (event === 'UserUpdated' ? [30, 5, 50] : [5])
    world.server.put('group:eng', { 'report.export': true })
    world.server.weather = () => [5]
    world.server.put('group:eng', { theme: 'dark' })
    await world.time.advance(1_000)
    expect(visit.told.map(event => 'version' in event && event.version)).toEqual([2, 3])
    expect(visit.told[0]).toMatchObject({ change: { 'report.export': true }, updatedBy: 'admin' })
    expect(visit.grants.can('report.export')).toBe(true)
    world.expectRight(visit)
  })

  it('has the answer of can() ready when the event fires', async () => {
    const { grants } = await world.join()
    const answers: boolean[] = []
    grants.on('UserUpdated', () => answers.push(grants.can('invoice.approve')))
    world.server.put('group:eng', { 'invoice.approve': false })
    await world.time.advance(100)
    expect(answers).toEqual([false])
  })

  it('goes on where a listener throws, and stops calling one that has left', async () => {
    const { grants, tab, told } = await world.join()
    grants.on('UserUpdated', () => {
      throw new Error('a bug of the application')
    })
    const heard: number[] = []
    const leave = grants.on('UserUpdated', ({ version }) => heard.push(version))
    world.server.put('group:eng', { a: 1 })
    await world.time.advance(100)
    leave()
    world.server.put('group:eng', { a: 2 })
    await world.time.advance(100)
    expect(tab.reported).toHaveLength(2)
    expect(heard).toEqual([2])
    expect(told).toHaveLength(2)
  })

  it('tells each custom event once, with its data', async () => {
    const { grants } = await world.join()
    const heard: unknown[] = []
    grants.on('MaintenanceSoon', (data, { id }) => heard.push([data, id]))
    world.server.weather = () => [5, 9]
    world.server.emit('group:eng', 'one', 'MaintenanceSoon', { minutes: 5 })
    world.server.emit('group:eng', 'two', 'MaintenanceSoon', { minutes: 4 })
    await world.time.advance(100)
    expect(heard).toEqual([
      [{ minutes: 5 }, 'one'],
      [{ minutes: 4 }, 'two'],
    ])
  })

  it('gains and loses groups when the server says so, and not before', async () => {
    const visit = await world.join()
    world.server.put('group:ops', { deploy: true })
    world.server.setRole('ops', 'ann', 'admin')
    await world.time.advance(100)
    expect(visit.told).toEqual([{ event: 'MembershipChanged', group: 'ops', role: 'admin' }])
    expect(visit.grants.can('deploy')).toBe(true)
    world.server.setRole('ops', 'ann', 'member')
    await world.time.advance(100)
    world.server.setRole('ops', 'ann', null)
    await world.time.advance(6)
    expect(visit.grants.can('deploy')).toBe(false)
    await world.time.advance(100)
    expect(visit.told.map(event => 'role' in event && event.role)).toEqual(['admin', 'member', null])
    world.expectRight(visit)
  })

  it('asks again for a hint that comes while its sync is under way', async () => {
    const visit = await world.join()
    // The answer is on its way when the membership is made, and the hint overtakes it.
    world.server.weather = ({ event }) => (event === 'Synced' ? [200] : [5])
    visit.tab.signal('wake')
    await world.time.advance(10)
    world.server.setRole('ops', 'ann', 'member')
    await world.time.advance(1_000)
    world.expectRight(visit)
  })

  it('has settings that stay the same object until they change', async () => {
    const { grants, tab } = await world.join()
    const before = grants.settings('group:eng')
    const { groups } = grants
    tab.signal('wake')
    await world.time.advance(100)
    expect(grants.settings('group:eng')).toBe(before)
    expect(grants.groups).toBe(groups)
  })
})

describe('whenFresh', () => {
  it('resolves once the documents are fresh', async () => {
    const { grants } = world.visit()
    const fresh = grants.whenFresh().then(() => grants.can('invoice.approve'))
    await world.time.advance(100)
    await expect(fresh).resolves.toBe(true)
    await grants.whenFresh()
  })

  it('rejects when its signal aborts, and when the connection is closed', async () => {
    world.server.door = 'hang'
    const { grants } = world.visit()
    const stop = new AbortController()
    const aborted = grants.whenFresh({ signal: stop.signal })
    const closed = grants.whenFresh()
    stop.abort(new Error('too late'))
    grants.close()
    await expect(aborted).rejects.toThrow('too late')
    await expect(closed).rejects.toThrow('Closed: closed')
  })
})

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

describe('a page that is left', () => {
  it('lets go of its socket, and takes up again when it comes back', async () => {
    const visit = await world.join()
    visit.tab.signal('suspend')
    expect(visit.grants.connection).toEqual({ state: 'waiting', reason: 'suspended' })
    expect(world.server.sockets.size).toBe(0)
    await world.time.advance(60 * MINUTE)
    expect(world.server.dials).toHaveLength(1)
    expect(visit.grants.can('invoice.approve')).toBe(false)
    world.server.put('group:eng', { away: true })
    visit.tab.signal('wake')
    await world.time.advance(100)
    expect(visit.told).toHaveLength(1)
    world.expectRight(visit)
  })

  it('begins one attempt where several signals come together, and a new one where the old one is of long ago', async () => {
    world.server.door = 'hang'
    const { tab } = world.visit()
    await world.time.advance(10)
    tab.signal('wake')
    tab.signal('wake')
    await world.time.advance(10)
    expect(world.server.dials).toHaveLength(1)
    await world.time.advance(4_000)
    tab.signal('wake')
    await world.time.advance(10)
    expect(world.server.dials).toHaveLength(2)
  })
})

describe('a token', () => {
  /** Tokens that live so many ms. */
  const living = (ms: number) => ({ getToken: () => makeToken('ann', world.time.now() + ms) })

  it('is renewed in band a minute ahead of its expiry, on the same connection', async () => {
    const { states } = await world.join(living(10 * MINUTE))
    const [socket] = world.server.sockets
    await world.time.advance(60 * MINUTE)
    expect(socket!.expiresAt).toBeGreaterThan(world.time.now())
    expect(world.server.received.filter(({ message }) => message.event === 'renew')).toHaveLength(6)
    expect(states).toEqual(['connecting', 'connected'])
  })

  it('is renewed at half its time where it lives shorter than two minutes', async () => {
    await world.join(living(30_000))
    await world.time.advance(15_100)
    expect(world.server.received.filter(({ message }) => message.event === 'renew')).toHaveLength(1)
  })

  it('is renewed in time by a browser whose clock is wrong by hours', async () => {
    const environment = world.browser.tab().environment()
    const wrong = { ...environment, now: () => world.time.now() - 3 * 60 * MINUTE }
    const { states } = await world.join({ ...living(10 * MINUTE), environment: wrong })
    await world.time.advance(30 * MINUTE)
    expect(states).toEqual(['connecting', 'connected'])
    expect([...world.server.sockets][0]!.expiresAt).toBeGreaterThan(world.time.now())
  })

  it('of the connection that goes on counts, not the one that a failed hand-over brought', async () => {
    const { states } = await world.join(living(110 * MINUTE))
    await world.time.advance(104 * MINUTE)
    world.server.door = 'refuse'
    await world.time.advance(5 * MINUTE)
    expect([...world.server.sockets].every(({ expiresAt }) => expiresAt > world.time.now())).toBe(true)
    expect(states).toEqual(['connecting', 'connected'])
  })

  it('that cannot be had is asked for again, and the error is reported', async () => {
    let failing = true
    const getToken = () => {
      if (failing) throw new Error('the provider is down')
      return makeToken('ann', world.time.now() + MINUTE)
    }
    const { grants, tab } = world.visit({ getToken })
    await world.time.advance(10)
    expect(grants.connection).toEqual({ state: 'waiting', reason: 'token' })
    expect(tab.reported).toEqual([new Error('the provider is down')])
    failing = false
    await world.time.advance(10_000)
    expect(grants.connection.state).toBe('connected')
  })

  it('that never comes is given up after 15 s and asked for again', async () => {
    let asked = 0
    const { grants } = world.visit({
      polls: false,
      getToken: () => {
        asked++
        return new Promise<string>(() => undefined)
      },
    })
    await world.time.advance(15_100)
    expect(grants.connection.reason).toBe('silent')
    await world.time.advance(3_000)
    expect(asked).toBe(2)
  })

  it('that the user no longer has ends the connection for good, and forgets the documents', async () => {
    let signedIn = true
    const getToken = () => {
      if (!signedIn) throw new UnauthorizedError('signed out')
      return makeToken('ann', world.time.now() + 10 * MINUTE)
    }
    const { grants } = await world.join({ getToken })
    signedIn = false
    await world.time.advance(10 * MINUTE)
    expect(grants.connection).toEqual({ state: 'closed', reason: 'unauthorized' })
    expect(grants.settings('group:eng')).toBeUndefined()
    expect(grants.can('invoice.approve')).toBe(false)
    await world.time.advance(60 * MINUTE)
    expect(world.server.dials).toHaveLength(1)
  })

  it('that ran out unnoticed brings the client back with a fresh one', async () => {
    const visit = await world.join()
    world.server.signOut('ann', true)
    await world.time.advance(6)
    expect(visit.grants.connection).toEqual({ state: 'waiting', reason: 'expired' })
    await world.time.advance(2_100)
    expect(visit.grants.connection.state).toBe('connected')
    expect(visit.tokens()).toBe(2)
  })

  it('of another user leaves nothing of the first one', async () => {
    let user = 'ann'
    const visit = await world.join({ getToken: () => makeToken(user, world.time.now() + 10 * MINUTE) })
    user = 'bob'
    await world.time.advance(10 * MINUTE)
    expect(visit.grants.user).toBe('bob')
    expect(visit.grants.settings('group:eng')).toBeUndefined()
    world.expectRight(visit, 'bob')
  })

  it('that cannot be read serves the server all the same', async () => {
    const own = world.browser.tab().environment()
    const readable = `bearer.${makeToken('ann', world.time.now() + MINUTE)}`
    const environment = {
      ...own,
      openSocket: (url: string, [protocol = '']: string[]) => own.openSocket(url, [protocol, readable]),
    }
    const { grants } = await world.join({ environment, getToken: () => 'opaque', shared: true })
    expect(grants.user).toBeUndefined()
    expect(grants.can('invoice.approve')).toBe(true)
  })
})

describe('the end', () => {
  it('comes for good when the server signs the user out', async () => {
    const { grants } = await world.join()
    const heard: unknown[] = []
    grants.on('SignedOut', event => heard.push(event))
    world.server.signOut('ann')
    await world.time.advance(30 * MINUTE)
    expect(heard).toEqual([{ event: 'SignedOut', reason: 'signed_out', reconnect: false }])
    expect(grants.connection).toEqual({ state: 'closed', reason: 'signed_out' })
    expect(grants.freshness).toBe('initializing')
    expect(world.server.dials).toHaveLength(1)
  })

  it('comes when the application closes: nothing is allowed any more, nothing is sent', async () => {
    const { grants, tab } = await world.join()
    grants.close()
    expect(grants.connection).toEqual({ state: 'closed', reason: 'closed' })
    expect(grants.can('invoice.approve')).toBe(false)
    expect(world.server.sockets.size).toBe(0)
    tab.signal('wake')
    await world.time.advance(30 * MINUTE)
    expect(world.server.dials).toHaveLength(1)
  })
})
