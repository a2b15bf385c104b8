import { describe, expect, it } from 'vitest'
import { has, isFresh, leap, report, until, useTheatre } from './support/theatre.ts'

const theatre = useTheatre()

describe('the client in Chromium', () => {
  it('goes on after the network was gone, and may do nothing meanwhile', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast)
    theatre.ws.state = theatre.http.state = 'swallow'
    await page.context().setOffline(true)
    await leap(page, 6_000)
    expect(await page.evaluate(`page.grants.can('invoice.approve')`)).toBe(false)
    await leap(page, 5_000)
    await until(page, `page.grants.connection.state !== 'connected'`)
    const version = await cast.patch({ offline: true })
    theatre.ws.state = theatre.http.state = 'open'
    await page.context().setOffline(false)
    await has(page, cast, version)
    await isFresh(page)
    await cast.expectRight(page)
  })

  it('polls where WebSockets are blocked, hears the same, and goes on with the socket when one comes up', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast)
    theatre.ws.cut()
    for (let i = 0; i < 5 && (await report(page)).connection.state !== 'polling'; i++) {
      const { opened } = (await report(page)).sockets
      await leap(page, 20_000)
      await until(page, `page.sockets().opened > ${opened} || page.grants.connection.state === 'polling'`)
      await until(page, `page.grants.connection.state !== 'connecting'`)
    }
    await isFresh(page)
    expect((await report(page)).connection.state).toBe('polling')
    for (let i = 0; i < 2; i++) {
      const version = await cast.patch({ blocked: i })
      await leap(page, 30_000)
      await has(page, cast, version)
    }
    theatre.ws.state = 'open'
    await leap(page, 20_000)
    await until(page, `page.grants.connection.state === 'connected'`)
    const version = await cast.patch({ blocked: null })
    await has(page, cast, version)
    const { told } = await cast.expectRight(page)
    expect(told.map(event => event.version)).toEqual([2, 3, 4])
  })

  it('catches up after the server was cut off for 30 s while updates happened', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast)
    theatre.ws.cut()
    theatre.http.cut()
    await until(page, `page.grants.connection.state === 'waiting'`)
    for (let i = 0; i < 3; i++) {
      await cast.patch({ meanwhile: i })
      await leap(page, 10_000)
    }
    expect(await page.evaluate(`page.grants.can('invoice.approve')`)).toBe(false)
    theatre.ws.state = theatre.http.state = 'open'
    await leap(page, 21_000)
    await until(page, `page.grants.connection.state === 'connected'`)
    const { told } = await cast.expectRight(page)
    expect(told.map(({ version }) => version)).toEqual([4])
  })

  it('hands over before two hours are over, without a gap', async () => {
    const cast = await theatre.cast()
    const page = await theatre.open(cast)
    let version = 1
    for (let minutes = 0; minutes < 116; minutes += 8) {
      await leap(page, 8 * 60_000)
      await isFresh(page)
      // All the while, and above all while both are open.
      if (minutes >= 96) version = await cast.patch({ minutes })
    }
    await has(page, cast, version)
    await until(page, 'page.sockets().opened === 2 && page.sockets().openNow === 1')
    const after = await cast.patch({ minutes: null })
    await has(page, cast, after)
    const { states, sockets, told } = await cast.expectRight(page)
    expect(sockets.mostOpen).toBe(2)
    expect(states).toEqual(['connecting', 'connected'])
    expect(told.map(event => event.version)).toEqual(Array.from({ length: after - 1 }, (_, i) => i + 2))
  })
})
