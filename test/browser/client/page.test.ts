import { describe, expect, it } from 'vitest'
import type { BareTab } from './support/bare-tab.ts'
import { has, isFresh, report, until, useTheatre } from './support/theatre.ts'

const theatre = useTheatre()

describe('a page', () => {
  it('that was frozen and is resumed has what it missed', async () => {
    const cast = await theatre.cast()
    const [tab] = (await theatre.bare(cast, 1)) as [BareTab]
    await tab.send('Page.setWebLifecycleState', { state: 'frozen' })
    const version = await cast.patch({ frozen: true })
    await tab.send('Page.setWebLifecycleState', { state: 'active' })
    await has(tab, cast, version)
    await isFresh(tab)
    const { states, sockets } = await cast.expectRight(tab)
    expect(states).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected'])
    expect(sockets).toMatchObject({ opened: 2, openNow: 1 })
  })

  it('that comes back from the back/forward cache has what it missed', async () => {
    const cast = await theatre.cast()
    const [tab] = (await theatre.bare(cast, 1, { shared: '' })) as [BareTab]
    await tab.send('Page.navigate', { url: new URL('/elsewhere', await tab.evaluate('location.href')).href })
    while ((await tab.evaluate('document.title')) !== 'Elsewhere') continue
    const version = await cast.patch({ away: true })
    await tab.evaluate('history.back()')
    await until(tab, 'page.restored() === 1')
    await has(tab, cast, version)
    await isFresh(tab)
    const { states, told } = await cast.expectRight(tab)
    expect(states).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected'])
    expect(told).toHaveLength(1)
  })
})

describe('a token', () => {
  it('that expires is renewed in band: the same socket goes on', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast, { query: { expiresIn: '7' } })
    // Renewed 5 s after it was made at the earliest; then the first one's end is waited for.
    const expired = new Promise(resolve => setTimeout(resolve, 7_500))
    await expired
    const version = await cast.patch({ renewed: true })
    await has(page, cast, version)
    const { sockets, states } = await cast.expectRight(page)
    expect(sockets.opened).toBe(1)
    expect(states).toEqual(['connecting', 'connected'])
  })
})

describe('a user', () => {
  it('who is signed out everywhere has nothing left, and does not come back by themselves', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast, { query: { cache: '' } })
    expect(await page.evaluate('localStorage.length')).toBe(1)
    await cast.call('DELETE', `/users/${cast.user}/connections`)
    await until(page, `page.grants.connection.state === 'closed'`)
    await page.evaluate(`page.leap(3_600_000)`)
    const seen = await report(page)
    expect(seen).toMatchObject({
      connection: { state: 'closed', reason: 'signed_out' },
      freshness: 'initializing',
      groups: [],
      told: [{ event: 'SignedOut', reason: 'signed_out', reconnect: false }],
      sockets: { opened: 1, openNow: 0 },
    })
    expect(await page.evaluate('localStorage.length')).toBe(0)
  })

  it('who is removed from a group while the page is open loses it at once, and gets nothing later', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast)
    expect(await page.evaluate(`page.grants.can('invoice.approve')`)).toBe(true)
    await cast.call('DELETE', `/groups/${cast.group}/members/${cast.user}`)
    await until(page, 'page.grants.groups.length === 0')
    expect(await page.evaluate(`page.grants.can('invoice.approve')`)).toBe(false)
    await cast.patch({ later: true })
    const { told } = await cast.expectRight(page)
    expect(told).toEqual([{ event: 'MembershipChanged', group: cast.group, role: null }])
  })
})
