import { beforeEach, describe, expect, it } from 'vitest'
import { UnauthorizedError } from '../../../web/client/index.ts'
import { World } from './support/world.ts'

let world: World
beforeEach(() => {
  world = new World()
})

const kept = () => [...world.browser.storage.values()]

/** A visit while the server cannot be reached, and what the page can show at once. */
async function offline(options: Parameters<World['visit']>[0]) {
  world.server.door = 'hang'
  const visit = world.visit(options)
  await world.time.advance(1)
  return visit
}

describe('a cached snapshot', () => {
  it('shows the settings of the last visit at once, stale until synced, and tells the difference', async () => {
    const before = await world.join({ cache: true })
    world.server.put('group:eng', { theme: 'dark' })
    await world.time.advance(100)
    before.grants.close()
    world.server.put('group:eng', { theme: 'light' })

    const visit = await offline({ cache: true })
    expect(visit.grants.settings('group:eng')).toMatchObject({ theme: 'dark' })
    expect(visit.grants).toMatchObject({ freshness: 'stale', groups: [{ group: 'eng', role: 'member' }] })
    expect(visit.grants.can('invoice.approve')).toBe(false)
    world.server.door = 'open'
    visit.tab.signal('suspend')
    visit.tab.signal('wake')
    await world.time.advance(100)
    expect(visit.grants.freshness).toBe('fresh')
    expect(visit.told).toMatchObject([{ event: 'UserUpdated', version: 3 }])
    expect(world.server.syncs.at(-1)!.known).toMatchObject({ 'group:eng': 2 })
    world.expectRight(visit)
  })

  it('is kept only where that is asked for', async () => {
    await world.join()
    expect(kept()).toEqual([])
  })

  it('of another user is neither shown nor kept', async () => {
    const ann = await world.join({ cache: true })
    ann.grants.close()
    const bob = await offline({ cache: true, user: 'bob' })
    expect(bob.grants).toMatchObject({ freshness: 'initializing', groups: [] })
    expect(kept()).toEqual([])
  })

  it('goes when the server signs the user out', async () => {
    await world.join({ cache: true })
    expect(kept()).toHaveLength(1)
    world.server.signOut('ann')
    await world.time.advance(100)
    expect(kept()).toEqual([])
  })

  it('goes when getToken says that nobody is signed in', async () => {
    const visit = await world.join({ cache: true })
    visit.grants.close()
    world.visit({
      cache: true,
      getToken: () => {
        throw new UnauthorizedError('signed out')
      },
    })
    await world.time.advance(100)
    expect(kept()).toEqual([])
  })

  it('that was spoilt, or a storage that is full or forbidden, is reported and keeps nobody from connecting', async () => {
    const environment = world.browser.tab().environment()
    const tab = world.browser.tab()
    const broken = {
      ...tab.environment(),
      storage: () => ({
        getItem: () => '{ spoilt',
        setItem: () => {
          throw new Error('QuotaExceededError')
        },
        removeItem: () => undefined,
      }),
    }
    const spoilt = await world.join({ cache: true, tab, environment: broken })
    world.expectRight(spoilt)
    expect(tab.reported).toHaveLength(2)
    const forbidden = {
      ...environment,
      storage: () => {
        throw new Error('SecurityError')
      },
    }
    world.expectRight(await world.join({ cache: true, environment: forbidden }))
  })
})

describe('documents that a server rendered into the page', () => {
  it('are there from the first moment on, stale until synced', async () => {
    const bootstrap = world.server.me('ann')
    world.server.put('group:eng', { 'invoice.approve': false })
    const visit = world.visit({ bootstrap })
    expect(visit.grants.settings('group:eng')).toEqual({ 'invoice.approve': true })
    expect(visit.grants).toMatchObject({ freshness: 'stale', user: 'ann' })
    expect(visit.grants.can('invoice.approve')).toBe(false)
    await world.time.advance(100)
    expect(visit.told).toMatchObject([{ version: 2 }])
    world.expectRight(visit)
  })

  it('are forgotten where the token is of somebody else', async () => {
    const visit = await world.join({ bootstrap: world.server.me('ann'), user: 'bob' })
    expect(visit.grants.user).toBe('bob')
    world.expectRight(visit, 'bob')
  })
})
