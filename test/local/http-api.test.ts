import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RESERVED_EVENTS } from '../../protocol/events.ts'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'
import { pagesOf, usersOf } from '../support/pages.ts'

// Every answer in here is held against docs/openapi.json as well: see LocalRun.request.

let run: LocalRun

beforeAll(async () => {
  run = await startLocalRun()
})
afterAll(() => run.close())

describe('revert', () => {
  test('to the settings that are current changes nothing', async () => {
    await run.makeGroup('swing', 'alice', [], { a: 1 })
    await run.expect(200, 'alice', 'PATCH', '/groups/swing', { a: 2 })
    const { body } = await run.expect(200, 'alice', 'POST', '/groups/swing/revert', { version: 2 })
    expect(body).toMatchObject({ version: 2, settings: { a: 2 } })
  })

  test('reaches the members as a new version, and keeps If-Match', async () => {
    await run.makeGroup('pendulum', 'alice', ['bob'], { a: 1, b: { c: 1 } })
    await run.expect(200, 'alice', 'PATCH', '/groups/pendulum', { a: null, b: { d: 2 } })
    const bob = await run.join('bob')
    await run.expect(412, 'alice', 'POST', '/groups/pendulum/revert', { version: 1 }, { 'if-match': '"1"' })
    await run.expect(200, 'alice', 'POST', '/groups/pendulum/revert', { version: 1 }, { 'if-match': '"2"' })
    const change = { a: 1, b: { d: null } }
    expect(await bob.next('UserUpdated')).toMatchObject({ version: 3, settings: { a: 1, b: { c: 1 } }, change })
    bob.terminate()
  })
})

describe('a custom event', () => {
  test('may have a name of 64 characters and 28 KiB of data, and gets an id where the sender chose none', async () => {
    await run.makeGroup('stage', 'alice', ['bob'])
    const bob = await run.join('bob')
    const event = `E${'v'.repeat(63)}`
    const data = 'x'.repeat(28 * 1024 - 2)
    const { body } = await run.expect(202, 'alice', 'POST', '/groups/stage/events', { event, data })
    expect(await bob.next(event)).toEqual({
      event,
      id: body['id'],
      subject: 'group:stage',
      data,
      sentBy: 'alice',
      sentAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
    expect(body['id']).toMatch(/^[\w-]{20,}$/)
    bob.terminate()
  })

  test('of a service reaches one user; nobody leaves out somebody else’s tab', async () => {
    const [one, other] = [await run.connect('solo'), await run.join('solo')]
    one.send({ event: 'sync' })
    const { connectionId } = await one.next('Synced')
    const headers = { 'grantwire-exclude-connection': String(connectionId) }
    const { body } = await run.expect(
      202,
      'service',
      'POST',
      '/users/solo/events',
      { event: 'Nudge', id: 'n:1' },
      headers,
    )
    expect(body).toEqual({ id: 'n:1', delivery: { delivered: 2, gone: 0, queued: 0 } })
    expect(await other.next('Nudge')).toMatchObject({ id: 'n:1', subject: 'user:solo', data: null, sentBy: 'service' })
    expect(await one.next('Nudge')).toMatchObject({ id: 'n:1' })
    await run.expect(403, 'alice', 'POST', '/users/solo/events', { event: 'Nudge' })
    for (const socket of [one, other]) socket.terminate()
  })

  test('cannot be called as an event of the system is, and nobody hears of it', async () => {
    await run.makeGroup('quiet', 'alice', ['bob'])
    const bob = await run.join('bob')
    for (const event of RESERVED_EVENTS)
      expect((await run.expect(400, 'alice', 'POST', '/groups/quiet/events', { event })).body['code'], event).toBe(
        'reserved_event',
      )
    expect(await bob.drain()).toEqual([])
    bob.terminate()
  })
})

describe('a deleted group', () => {
  test('is gone for everybody, and stays so when it is deleted again', async () => {
    await run.makeGroup('ember', 'alice', ['bob'], { a: 1 })
    const me = (await run.expect(200, 'bob', 'GET', '/me')).headers.get('etag')
    await run.expect(204, 'service', 'DELETE', '/groups/ember')
    for (const [user, method, path, body] of [
      ['service', 'DELETE', '/groups/ember', undefined],
      ['service', 'GET', '/groups/ember', undefined],
      ['service', 'PATCH', '/groups/ember', { a: 2 }],
      ['service', 'POST', '/groups/ember/revert', { version: 1 }],
      ['service', 'GET', '/groups/ember/members', undefined],
      ['service', 'PUT', '/groups/ember/members/bob', { role: 'member' }],
      ['service', 'DELETE', '/groups/ember/members/bob', undefined],
      ['service', 'GET', '/groups/ember/presence', undefined],
      ['service', 'POST', '/groups/ember/events', { event: 'E' }],
    ] as const)
      expect((await run.expect(404, user, method, path, body)).body['code'], `${method} ${path}`).toBe(
        'group_not_found',
      )
    const after = await run.expect(200, 'bob', 'GET', '/me', undefined, { 'if-none-match': me ?? '' })
    expect(after.body['groups']).not.toContainEqual({ group: 'ember', role: 'member' })
  })

  test('goes on counting when it is made anew, from empty settings, with nobody of before in it', async () => {
    const made = await run.expect(201, 'service', 'PUT', '/groups/ember', { admin: 'carol' })
    expect(made.headers.get('etag')).toBe('"3"')
    expect(made.headers.get('location')).toBe('/groups/ember')
    expect(made.body).toMatchObject({ version: 3, settings: {} })
    const { items } = await pagesOf(run, 'carol', '/groups/ember/members', 'members')
    expect(usersOf(items)).toEqual(['carol'])
    const { items: versions } = await pagesOf(run, 'carol', '/groups/ember/history', 'versions')
    expect(versions.map(({ version, tombstone }) => [version, tombstone])).toEqual([
      [3, false],
      [2, true],
      [1, false],
    ])
    // A tombstone is no state to go back to; what was before it is.
    const refused = await run.expect(404, 'carol', 'POST', '/groups/ember/revert', { version: 2 })
    expect(refused.body['code']).toBe('version_not_found')
    const { body } = await run.expect(200, 'carol', 'POST', '/groups/ember/revert', { version: 1 })
    expect(body).toMatchObject({ version: 4, settings: { a: 1 } })
  })
})

describe('conditional requests', () => {
  test('GET /me has one ETag until a version or a role changes', async () => {
    await run.makeGroup('tags', 'alice', ['tim'], { a: 1 })
    let etag = (await run.expect(200, 'tim', 'GET', '/me')).headers.get('etag') ?? ''
    const changes: [method: string, path: string, body: unknown][] = [
      ['PATCH', '/groups/tags', { a: 2 }],
      ['PATCH', '/users/tim', { b: 1 }],
      ['PUT', '/groups/tags/members/tim', { role: 'admin' }],
      ['DELETE', '/groups/tags/members/tim', undefined],
    ]
    for (const [method, path, body] of changes) {
      const same = await run.expect(304, 'tim', 'GET', '/me', undefined, { 'if-none-match': `"x", W/${etag}` })
      expect(same.headers.get('etag')).toBe(etag)
      await run.request('service', method, path, body)
      const next = await run.expect(200, 'tim', 'GET', '/me', undefined, { 'if-none-match': etag })
      expect(next.headers.get('etag'), path).not.toBe(etag)
      etag = next.headers.get('etag') ?? ''
    }
  })

  test('a user without settings is at version 0, which If-Match can ask for', async () => {
    const nobody = await run.expect(200, 'uma', 'GET', '/users/uma')
    expect(nobody.body).toMatchObject({ version: 0, settings: {}, updatedBy: null, updatedAt: null })
    expect(nobody.headers.get('etag')).toBe('"0"')
    await run.expect(412, 'service', 'PATCH', '/users/uma', { a: 1 }, { 'if-match': '*' })
    const first = await run.expect(200, 'service', 'PATCH', '/users/uma', { a: 1 }, { 'if-match': '"0"' })
    expect(first.headers.get('etag')).toBe('"1"')
    await run.expect(412, 'service', 'PATCH', '/users/uma', { a: 2 }, { 'if-match': '"0"' })
    await run.expect(412, 'service', 'PATCH', '/users/uma', { a: 2 }, { 'if-match': 'W/"1"' })
    await run.expect(200, 'service', 'PATCH', '/users/uma', { a: 2 }, { 'if-match': '"7", "1"' })
    await run.expect(304, 'uma', 'GET', '/users/uma', undefined, { 'if-none-match': '*' })
  })
})

test.each(['application/json', 'application/merge-patch+json', 'Application/JSON; charset=utf-8'])(
  'a body may be %s',
  async type => {
    await run.expect(200, 'service', 'PATCH', '/users/typed', { type }, { 'content-type': type })
  },
)

test.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', ''])(
  'a body may not be "%s"',
  async type => {
    const { body } = await run.expect(415, 'service', 'PATCH', '/users/typed', '{"a":1}', { 'content-type': type })
    expect(body['code']).toBe('unsupported_media_type')
  },
)

test('signing out somebody who is not connected, or twice, closes nothing', async () => {
  const socket = await run.join('kim')
  expect((await run.expect(200, 'service', 'DELETE', '/users/kim/connections')).body).toEqual({ closed: 1 })
  expect(await socket.next('SignedOut')).toEqual({ event: 'SignedOut', reason: 'signed_out', reconnect: false })
  await socket.closed
  await run.gone('kim')
  expect((await run.expect(200, 'service', 'DELETE', '/users/kim/connections')).body).toEqual({ closed: 0 })
  await run.expect(403, 'alice', 'DELETE', '/users/kim/connections')
})

test('ids may hold everything that the pattern allows, percent-encoded or not', async () => {
  const group = 'a.b_c@d|e:f=g+h-i'
  await run.makeGroup(encodeURIComponent(group), 'alice', ['u%7C1'], { a: 1 })
  const { body } = await run.expect(200, 'u|1', 'GET', '/groups/a.b_c@d%7Ce:f=g+h-i')
  expect(body).toMatchObject({ subject: `group:${group}`, role: 'member' })
  const { items } = await pagesOf(run, 'alice', `/groups/${encodeURIComponent(group)}/members?limit=1`, 'members')
  expect(usersOf(items)).toEqual(['alice', 'u|1'])
})
