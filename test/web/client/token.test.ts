import { beforeEach, describe, expect, it } from 'vitest'
import { UnauthorizedError } from '../../../web/client/index.ts'
import { makeToken } from './support/virtual-server.ts'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const MINUTE = 60_000

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
