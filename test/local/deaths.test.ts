import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'

/** A Lambda may die at any instruction: here it dies at each of its AWS calls in turn, as near to all of them as can be. */
const LONG = process.env['GRANTWIRE_LONG'] !== undefined
/** No operation here makes more AWS calls. */
const MOST_CALLS = 14
/** After the call is where it matters; before the k-th is after the one before, but for calls that are made at once. */
const DEATHS = LONG ? (['kill-after', 'kill'] as const) : (['kill-after'] as const)

let run: LocalRun
beforeAll(async () => {
  run = await startLocalRun()
})
afterAll(() => run.close())

interface Death {
  id: string
  died: boolean
}

/** Does something whose Lambda dies at its k-th call, for each k, until none is left to die at. */
async function dieEverywhere(
  name: string,
  lambda: string,
  prepare: (id: string) => Promise<void>,
  act: (id: string) => Promise<{ status: number }>,
): Promise<Death[]> {
  const deaths: Death[] = []
  for (const fault of DEATHS)
    for (let at = 1; at <= MOST_CALLS; at++) {
      const id = `${name}-${fault}-${at}`
      await prepare(id)
      const remove = run.stack.faults.add({ on: '*:*', function: lambda, at, fault, times: 1 })
      const { status } = await act(id)
      const [last] = run.stack.faults.counts().slice(-1)
      remove()
      const died = last?.happened === 1
      // The gateway says so, or the last call was not waited for.
      if (died) expect([200, 201, 204, 500]).toContain(status)
      else expect(status).toBeLessThan(300)
      deaths.push({ id, died })
      if (!died) break
    }
  expect(deaths.filter(({ died }) => died).length).toBeGreaterThan(3 * DEATHS.length)
  expect(deaths.filter(({ died }) => !died)).toHaveLength(DEATHS.length)
  return deaths
}

interface Newest {
  version: number
  announcedAt: string | null
}
async function newest(id: string): Promise<Newest> {
  const { body } = await run.expect(200, 'service', 'GET', `/groups/${id}/history?limit=1`)
  return (body['versions'] as Newest[])[0]!
}

test('an update that was committed is announced, at whichever call its Lambda died', { timeout: 120_000 }, async () => {
  const witness = await run.join('witness')
  const deaths = await dieEverywhere(
    'update',
    'update-settings',
    id => run.makeGroup(id, 'admin', ['witness'], { n: 1 }),
    id => run.request('admin', 'PATCH', `/groups/${id}`, { n: 2 }),
  )
  const left = await Promise.all(deaths.map(async ({ id }) => ({ id, ...(await newest(id)) })))
  // Some died before the commit, some between commit and announcement, some after both.
  const states = new Set(
    left.map(({ version, announcedAt }) => `${version} ${announcedAt === null ? 'untold' : 'told'}`),
  )
  expect([...states].sort()).toEqual(['1 told', '2 told', '2 untold'])

  const until = Date.now() + 60_000
  for (const { id, version } of left)
    while ((await newest(id)).announcedAt === null) {
      if (Date.now() > until) throw new Error(`version ${version} of ${id} was never announced`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  const told = (await witness.drain()).filter(({ event }) => event === 'UserUpdated').map(({ id }) => String(id))
  const committed = left.filter(({ version }) => version === 2).map(({ id }) => `group:${id}@2`)
  expect([...new Set(told)].sort()).toEqual(committed.sort())
  // The re-check makes no version; whoever saw the 500 and tries again makes the one that is missing.
  for (const { id, version } of left) expect((await newest(id)).version).toBe(version)
  const again = await run.expect(200, 'admin', 'PATCH', `/groups/${left[0]!.id}`, { n: 2 })
  expect(again.body['version']).toBe(2)
  witness.terminate()
})

/** What whoever saw a 500 does: the same again. Then all is as if nothing had happened. */
const REPEATABLE: {
  name: string
  lambda: string
  prepare: (id: string) => Promise<void>
  act: (id: string) => Promise<{ status: number }>
  again: number[]
  holds: (id: string) => Promise<unknown>
}[] = [
  {
    name: 'add',
    lambda: 'members',
    prepare: id => run.makeGroup(id, 'admin', [], { n: 1 }),
    act: id => run.request('admin', 'PUT', `/groups/${id}/members/newcomer`, { role: 'member' }),
    again: [200, 201],
    holds: async id => {
      const { body } = await run.expect(200, 'admin', 'PATCH', `/groups/${id}`, { n: 2 })
      expect(body).toMatchObject({ delivery: { delivered: 1 } })
    },
  },
  {
    name: 'remove',
    lambda: 'members',
    prepare: id => run.makeGroup(id, 'admin', ['newcomer'], { n: 1 }),
    act: id => run.request('admin', 'DELETE', `/groups/${id}/members/newcomer`),
    again: [204, 404],
    holds: id => run.expect(403, 'newcomer', 'GET', `/groups/${id}`),
  },
  {
    name: 'create',
    lambda: 'groups',
    prepare: async () => undefined,
    act: id => run.request('service', 'PUT', `/groups/${id}`, { admin: 'admin', settings: { n: 1 } }),
    again: [201, 409],
    holds: id => run.expect(200, 'admin', 'PATCH', `/groups/${id}`, { n: 2 }),
  },
  {
    name: 'delete',
    lambda: 'groups',
    prepare: id => run.makeGroup(id, 'admin', ['newcomer'], { n: 1 }),
    act: id => run.request('service', 'DELETE', `/groups/${id}`),
    again: [204, 404],
    holds: id => run.expect(404, 'newcomer', 'GET', `/groups/${id}`),
  },
]

describe('the same request again finishes what a Lambda left, at whichever call it died', () => {
  // One of them in the short run.
  test.each(LONG ? REPEATABLE : REPEATABLE.slice(0, 1))('$name', { timeout: 120_000 }, async operation => {
    const newcomer = await run.join('newcomer')
    const deaths = await dieEverywhere(operation.name, operation.lambda, operation.prepare, operation.act)
    for (const { id } of deaths) {
      expect(operation.again).toContain((await operation.act(id)).status)
      await operation.holds(id)
    }
    newcomer.terminate()
    await run.gone('newcomer')
  })
})
