import { expect } from 'vitest'
import { connect, type ConnectOptions, type Grants, type SystemEvents } from '../../../../web/client/index.ts'
import { VirtualBrowser, type VirtualTab } from './virtual-browser.ts'
import { makeToken, VirtualServer } from './virtual-server.ts'
import { VirtualTime } from './virtual-time.ts'

export const WEB_SOCKET_URL = 'wss://grantwire.test/prod'

export interface Visit {
  tab: VirtualTab
  grants: Grants
  /** What the client told, oldest first. */
  told: (SystemEvents['UserUpdated'] | SystemEvents['MembershipChanged'])[]
  /** The states that the connection went through. */
  states: string[]
  /** How often a token was asked for. */
  tokens: () => number
}

/** A server, a browser, and time that stands still. */
export class World {
  readonly time = new VirtualTime()
  readonly server = new VirtualServer(this.time)
  readonly browser = new VirtualBrowser(this.time, this.server)

  constructor() {
    this.server.setRole('eng', 'ann', 'member')
    this.server.put('group:eng', { 'invoice.approve': true })
  }

  /** Opens the client in a tab of its own. Tokens live an hour. It polls where it must, unless told not to. */
  visit(options: Partial<ConnectOptions> & { user?: string; tab?: VirtualTab; polls?: boolean } = {}): Visit {
    const { user = 'ann', tab = this.browser.tab(), polls = true, ...others } = options
    let tokens = 0
    const grants = connect({
      webSocketUrl: WEB_SOCKET_URL,
      ...(polls && { httpUrl: 'https://grantwire.test' }),
      getToken: () => {
        tokens++
        return makeToken(user, this.time.now() + 3_600_000)
      },
      shared: false,
      environment: tab.environment(),
      ...others,
    })
    const told: Visit['told'] = []
    grants.on('UserUpdated', event => told.push(event))
    grants.on('MembershipChanged', event => told.push(event))
    const states = [grants.connection.state as string]
    grants.subscribe(() => {
      if (states.at(-1) !== grants.connection.state) states.push(grants.connection.state)
    })
    return { tab, grants, told, states, tokens: () => tokens }
  }

  /** Opens the client and waits until it is connected. */
  async join(options: Parameters<World['visit']>[0] = {}): Promise<Visit> {
    const visit = this.visit(options)
    await this.time.until(() => visit.grants.freshness === 'fresh', 10_000)
    return visit
  }

  /** The promise of the whole client: its documents are the server's, and every version was told once, in order. */
  expectRight({ grants, told }: Visit, user = 'ann'): void {
    const documents = this.server.documentsOf(user)
    expect(grants.groups).toEqual(
      documents
        .flatMap(({ subject, role }) => (role ? [{ group: subject.slice('group:'.length), role }] : []))
        .sort((a, b) => (a.group < b.group ? -1 : 1)),
    )
    for (const { subject, version, settings } of documents)
      expect({ subject, version: grants.version(subject), settings: grants.settings(subject) }).toEqual({
        subject,
        version,
        settings,
      })
    expectInOrder(told)
  }
}

/** Every version of a subject is told at most once, and none after a newer one. */
export function expectInOrder(told: Visit['told']): void {
  const last = new Map<string, number>()
  for (const event of told) {
    if (event.event !== 'UserUpdated') continue
    expect(event.version, `${event.subject} after ${last.get(event.subject)}`).toBeGreaterThan(
      last.get(event.subject) ?? 0,
    )
    last.set(event.subject, event.version)
  }
}
