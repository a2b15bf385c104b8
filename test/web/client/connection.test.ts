import { beforeEach, describe, expect, it } from 'vitest'
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
    const refusals = Promise.all([
      expect(grants.whenFresh({ signal: stop.signal })).rejects.toThrow('too late'),
      expect(grants.whenFresh()).rejects.toThrow('Closed: closed'),
    ])
    stop.abort(new Error('too late'))
    grants.close()
    await refusals
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
