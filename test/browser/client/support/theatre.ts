import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { getToken } from '../../../../local/tokens.ts'
import type { Me, SettingsDocument } from '../../../../protocol/documents.ts'
import { BareTab, type Evaluates } from './bare-tab.ts'
import { Gate } from './gate.ts'
import type { Shared } from '../../support/stage.ts'

/** What a page tells of its client. */
export interface Report {
  connection: { state: string; reason: string }
  freshness: string
  groups: { group: string; role: string }[]
  told: { event: string; subject?: string; version?: number; group?: string; role?: string | null }[]
  states: string[]
  sockets: { opened: number; openNow: number; mostOpen: number; lastDialAt: number }
  documents: Record<string, { version: number | undefined; settings: unknown }>
}

/** A user of their own with a group of their own, on the shared local run, and pages in which the real client runs. */
export interface Theatre {
  readonly ws: Gate
  readonly http: Gate
  /** Opens a page with the client, and waits until it is fresh. */
  open(cast: Cast, options?: { context?: BrowserContext; query?: Record<string, string> }): Promise<Page>
  context(): Promise<BrowserContext>
  /** Opens so many tabs as a person has them, one after the other. */
  bare(cast: Cast, count: number, query?: Record<string, string>): Promise<BareTab[]>
  /** A group with an admin and one member, that no other test knows. */
  cast(): Promise<Cast>
}

export interface Cast {
  user: string
  group: string
  /** Changes the group's settings; returns the new version. */
  patch(change: object): Promise<number>
  /** A request of the service, which may do everything. */
  call(method: string, path: string, body?: object): Promise<unknown>
  /** The promise: the page has what the server has, and every version was told once and in order. */
  expectRight(page: Evaluates): Promise<Report>
}

let casts = 0

export const report = (page: Evaluates): Promise<Report> =>
  page.evaluate<Report>(`({
    connection: page.grants.connection,
    freshness: page.grants.freshness,
    groups: page.grants.groups,
    told: page.told,
    states: page.states,
    sockets: page.sockets(),
    documents: Object.fromEntries([...page.grants.groups.map(({ group }) => 'group:' + group), 'user:' + page.grants.user]
      .map(subject => [subject, { version: page.grants.version(subject), settings: page.grants.settings(subject) }])),
  })`)

/** Waits until it is so in the page; an expression over `page`. Fails after 15 s, with what the page tells instead. */
export async function until(page: Evaluates, expression: string): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await page.evaluate<boolean>(`Boolean(globalThis.page && (${expression}))`))) {
    if (Date.now() > end) throw new Error(`not so: ${expression}; ${JSON.stringify(await report(page))}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Lets so much time pass at once in the page. */
export const leap = (page: Evaluates, ms: number): Promise<void> => page.evaluate(`page.leap(${ms})`)

export const isFresh = (page: Evaluates): Promise<void> => until(page, `page.grants.freshness === 'fresh'`)

/** Waits until the page has this version of the group. */
export const has = (page: Evaluates, { group }: Cast, version: number): Promise<void> =>
  until(page, `page.grants.version('group:${group}') >= ${version}`)

/** Gives a file of tests the way to the APIs through gates, and pages that end with each test. */
export function useTheatre(): Theatre {
  const shared = inject('shared')
  const theatre = {} as { -readonly [K in keyof Theatre]: Theatre[K] }
  let browser: Browser
  let address: { page: string; webSocketUrl: string; httpUrl: string }
  const closing: (() => void)[] = []
  const leaving: (() => Promise<void>)[] = []

  beforeAll(async () => {
    browser = await chromium.connect(shared.browserUrl)
    const config = (await (await fetch(`${shared.consoleUrl}/config.json`)).json()) as { webSocketUrl: string }
    theatre.ws = new Gate(config.webSocketUrl, shared.consoleUrl)
    theatre.http = new Gate(shared.httpUrl, shared.consoleUrl)
    address = {
      page: await servePage(shared, closing),
      webSocketUrl: `ws://${await theatre.ws.listen()}${new URL(config.webSocketUrl).pathname}`,
      httpUrl: `http://${await theatre.http.listen()}`,
    }
    closing.push(
      () => theatre.ws.close(),
      () => theatre.http.close(),
    )
  })
  afterEach(async () => {
    theatre.ws.state = theatre.http.state = 'open'
    for (const context of browser.contexts()) await context.close()
    for (const leave of leaving.splice(0)) await leave()
  })
  afterAll(async () => {
    for (const close of closing) close()
    await browser.close()
  })

  theatre.context = async () => {
    const context = await browser.newContext()
    context.setDefaultTimeout(15_000)
    return context
  }
  const urlOf = ({ user }: Cast, query: Record<string, string>): string => {
    const { webSocketUrl, httpUrl } = address
    return `${address.page}/?${new URLSearchParams({ user, webSocketUrl, httpUrl, ...query }).toString()}`
  }
  theatre.open = async (cast, { context, query = {} } = {}) => {
    const page = await (context ?? (await theatre.context())).newPage()
    await page.goto(urlOf(cast, query))
    await isFresh(page)
    return page
  }
  theatre.bare = async (cast, count, query = {}) => {
    const window = await BareTab.open(browser, Array<string>(count).fill(urlOf(cast, query)))
    leaving.push(() => window.close())
    for (const tab of window.tabs) await isFresh(tab)
    return window.tabs
  }
  theatre.cast = () => createCast(shared)
  return theatre
}

async function createCast(shared: Shared): Promise<Cast> {
  const service = await getToken(shared, { who: 'service' })
  const name = `${process.pid}-${casts++}`
  const cast = { user: `ann-${name}`, group: `eng-${name}` }
  const own = await getToken(shared, { who: { user: cast.user } })
  const send = async (token: string, method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${shared.httpUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  const call: Cast['call'] = (...args) => send(service, ...args)
  await call('PUT', `/groups/${cast.group}`, { admin: `admin-${name}`, settings: { 'invoice.approve': true } })
  await call('PUT', `/groups/${cast.group}/members/${cast.user}`, { role: 'member' })
  return {
    ...cast,
    call,
    patch: async change =>
      ((await call('PATCH', `/groups/${cast.group}`, change)) as Pick<SettingsDocument, 'version'>).version,
    async expectRight(page) {
      const seen = await report(page)
      const me = (await send(own, 'GET', '/me')) as Me
      expect(seen.groups).toEqual(me.groups)
      expect(seen.documents).toEqual(
        Object.fromEntries(me.documents.map(({ subject, version, settings }) => [subject, { version, settings }])),
      )
      expect(seen.freshness).toBe('fresh')
      const last = new Map<string, number>()
      for (const { event, subject = '', version = 0 } of seen.told) {
        if (event !== 'UserUpdated') continue
        expect(version, `${subject} after version ${last.get(subject)}`).toBeGreaterThan(last.get(subject) ?? 0)
        last.set(subject, version)
      }
      return seen
    },
  }
}

/** Serves the page, with the real package in it, and gives its client tokens of the local run's sign-in. */
async function servePage(shared: Shared, closing: (() => void)[]): Promise<string> {
  const bundle = await build({
    entryPoints: ['test/web/client/page/page.ts'],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  })
  const script = bundle.outputFiles[0]?.text ?? ''
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://page')
    const answer = (type: string, body: string) => outgoing.writeHead(200, { 'content-type': type }).end(body)
    if (pathname === '/page.js') return answer('text/javascript', script)
    if (pathname === '/elsewhere') return answer('text/html', '<title>Elsewhere</title>')
    if (pathname === '/')
      return answer('text/html', '<title>Client</title><script type="module" src="/page.js"></script>')
    if (pathname !== '/token') return outgoing.writeHead(404).end()
    const expiresIn = Number(searchParams.get('expiresIn') || 3_600)
    void getToken(shared, { who: { user: searchParams.get('user') ?? '' }, expiresIn }).then(
      token => answer('text/plain', token),
      () => outgoing.writeHead(502).end(),
    )
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
