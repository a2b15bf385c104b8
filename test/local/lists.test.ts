import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'
import { pagesOf, usersOf } from '../support/pages.ts'

// Every answer in here is held against docs/openapi.json as well: see LocalRun.request.

let run: LocalRun

beforeAll(async () => {
  run = await startLocalRun()
})
afterAll(() => run.close())

describe('history', () => {
  test('comes in pages, newest first, without a gap or a repeat', async () => {
    await run.makeGroup('scroll', 'alice', [], { n: 1 })
    for (let n = 2; n <= 5; n++) await run.expect(200, 'alice', 'PATCH', '/groups/scroll', { n })
    const { answers, items } = await pagesOf(run, 'alice', '/groups/scroll/history?limit=2', 'versions')
    expect(items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1])
    expect(answers).toHaveLength(3)
    expect(items[0]).toMatchObject({ settings: { n: 5 }, change: { n: 5 }, updatedBy: 'alice', tombstone: false })
    expect(items[0]?.['announcedAt']).toMatch(/^\d{4}-/)
  })

  test('is for admins and services only', async () => {
    await run.makeGroup('diary', 'alice', ['bob'])
    await run.expect(403, 'bob', 'GET', '/groups/diary/history')
    await run.expect(200, 'service', 'GET', '/groups/diary/history')
  })

  test('a page of the largest versions fits one answer', async () => {
    const large = (letter: string) => ({ text: letter.repeat(28_000) })
    await run.makeGroup('volumes', 'alice', [], large('a'))
    for (let i = 0; i < 6; i++) await run.expect(200, 'alice', 'PATCH', '/groups/volumes', large('bc'[i % 2] ?? ''))
    const { items } = await pagesOf(run, 'alice', '/groups/volumes/history?limit=50', 'versions')
    expect(items).toHaveLength(7)
    await run.expect(400, 'alice', 'GET', '/groups/volumes/history?limit=51')
  })
})

describe('members', () => {
  const crowd = Array.from({ length: 7 }, (_, i) => `crowd-${i}`)

  test('come in pages, each member once, with role and since', async () => {
    await run.makeGroup('crowd', 'alice', crowd)
    const { answers, items } = await pagesOf(run, 'alice', '/groups/crowd/members?limit=3', 'members')
    expect(answers.map(({ body }) => (body['members'] as unknown[]).length)).toEqual([3, 3, 2])
    expect(usersOf(items)).toEqual(['alice', ...crowd])
    expect(items.find(({ user }) => user === 'alice')).toMatchObject({ role: 'admin' })
  })

  test('a page that holds exactly the last members says so', async () => {
    const { answers } = await pagesOf(run, 'alice', '/groups/crowd/members?limit=4', 'members')
    expect(answers).toHaveLength(2)
  })

  test('removing somebody twice finds nobody the second time', async () => {
    await run.expect(204, 'alice', 'DELETE', '/groups/crowd/members/crowd-0')
    const { body } = await run.expect(404, 'alice', 'DELETE', '/groups/crowd/members/crowd-0')
    expect(body['code']).toBe('member_not_found')
  })

  test('another role is told, takes effect at once and keeps since; the same role again is told again', async () => {
    await run.makeGroup('ladder', 'alice', ['bob'])
    const since = (await run.expect(200, 'alice', 'PUT', '/groups/ladder/members/bob', { role: 'member' })).body[
      'since'
    ]
    const bob = await run.join('bob')
    const promoted = await run.expect(200, 'alice', 'PUT', '/groups/ladder/members/bob', { role: 'admin' })
    expect(promoted.body).toEqual({ user: 'bob', role: 'admin', since })
    expect(await bob.next('MembershipChanged')).toMatchObject({ group: 'ladder', role: 'admin' })
    await run.expect(200, 'bob', 'PATCH', '/groups/ladder', { a: 1 })
    await run.expect(200, 'alice', 'PUT', '/groups/ladder/members/bob', { role: 'admin' })
    await run.expect(204, 'bob', 'DELETE', '/groups/ladder/members/alice')
    await run.expect(403, 'alice', 'PATCH', '/groups/ladder', { a: 2 })
    // The first answer may have been lost together with its hint.
    expect((await bob.drain()).map(({ event }) => event)).toEqual(['UserUpdated', 'MembershipChanged'])
    bob.terminate()
  })
})

describe('presence', () => {
  test('names members who are connected, each once with all connections and the earliest of them', async () => {
    await run.makeGroup('desk', 'alice', ['pia', 'paul', 'absent'])
    const sockets = [await run.join('pia'), await run.join('paul'), await run.join('pia'), await run.join('stranger')]
    const { items } = await pagesOf(run, 'alice', '/groups/desk/presence', 'members')
    expect(usersOf(items)).toEqual(['paul', 'pia'])
    const pia = items.find(({ user }) => user === 'pia')
    const connections = pia?.['connections'] as { connectionId: string; connectedAt: string }[]
    expect(connections).toHaveLength(2)
    expect(pia?.['since']).toBe(connections.map(({ connectedAt }) => connectedAt).sort()[0])
    for (const socket of sockets) socket.terminate()
  })

  test('comes in pages of users, however many connections each has', async () => {
    const users = Array.from({ length: 3 }, (_, i) => `hall-${i}`)
    await run.makeGroup('hall', 'alice', users)
    const sockets = []
    for (const user of [...users, ...users]) sockets.push(await run.join(user))
    const { answers, items } = await pagesOf(run, 'alice', '/groups/hall/presence?limit=2', 'members')
    expect(answers).toHaveLength(2)
    expect(usersOf(items)).toEqual(users)
    expect(items.map(({ connections }) => (connections as unknown[]).length)).toEqual([2, 2, 2])
    for (const socket of sockets) socket.terminate()
  })

  test('tells the version before for as long as the newest has not been announced', async () => {
    await run.makeGroup('lagging', 'alice', ['lars'], { a: 1 })
    const lars = await run.join('lars')
    const item = {
      pk: { S: 'GROUP#lagging' },
      sk: { S: 'VERSION#0000000002' },
      settings: { S: '{"a":2}' },
      change: { S: '{"a":2}' },
      updatedBy: { S: 'alice' },
      updatedAt: { S: new Date().toISOString() },
      tombstone: { BOOL: false },
      commitId: { S: 'x' },
    }
    const { tableName } = run.stack.template.tables().find(({ tableName: name }) => name.includes('Settings'))!
    await run.stack.dynamoDb.client.send(new PutItemCommand({ TableName: tableName, Item: item }))
    const versionOfLars = async () =>
      (await pagesOf(run, 'alice', '/groups/lagging/presence', 'members')).items[0]?.['version']
    expect(await versionOfLars()).toBe(1)
    // The same patch again announces what its first sender could not.
    await run.expect(200, 'alice', 'PATCH', '/groups/lagging', { a: 2 })
    expect(await lars.next('UserUpdated')).toMatchObject({ version: 2 })
    expect(await versionOfLars()).toBe(2)
    lars.terminate()
  })
})

describe('a cursor', () => {
  const LISTS = ['history', 'members', 'presence']

  test('that was changed, or is of another list or group, is refused by every list', async () => {
    await run.makeGroup('ours', 'alice', ['cora'])
    await run.makeGroup('theirs', 'alice', ['cora'])
    await run.expect(200, 'alice', 'PATCH', '/groups/ours', { a: 1 })
    const sockets = await Promise.all([run.join('alice'), run.join('cora')])
    const cursors: string[] = []
    for (const list of LISTS) {
      const { body } = await run.expect(200, 'alice', 'GET', `/groups/ours/${list}?limit=1`)
      cursors.push(String(body['cursor']))
    }
    for (const [index, list] of LISTS.entries()) {
      const own = cursors[index] ?? ''
      const refused = [
        ...cursors.filter(cursor => cursor !== own).map(cursor => `/groups/ours/${list}?cursor=${cursor}`),
        `/groups/theirs/${list}?cursor=${own}`,
        `/groups/ours/${list}?cursor=${own.startsWith('A') ? 'B' : 'A'}${own.slice(1)}`,
        `/groups/ours/${list}?cursor=${own}x`,
        `/groups/ours/${list}?cursor=`,
      ]
      for (const path of refused)
        expect((await run.expect(400, 'alice', 'GET', path)).body['code'], path).toBe('invalid_cursor')
      await run.expect(200, 'alice', 'GET', `/groups/ours/${list}?cursor=${own}`)
    }
    for (const socket of sockets) socket.terminate()
  })
})
