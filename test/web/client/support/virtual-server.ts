import { effectivePermissions } from '../../../../protocol/permissions.ts'
import type { Me, Role, Settings, SettingsDocument } from '../../../../protocol/documents.ts'
import type { ServerEvent, Synced } from '../../../../protocol/events.ts'
import type { Subject } from '../../../../protocol/ids.ts'
import type { ClientMessage } from '../../../../protocol/messages.ts'
import type { Socket } from '../../../../web/client/index.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What the network does to one message: after how many ms each of its copies arrives; none where it is lost. */
export type Weather = (message: { to: 'server' | 'client'; event: string }) => number[]

/** How an upgrade is answered. `silent`: the socket opens and nothing ever comes back. */
export type Door = 'open' | 'refuse' | 'hang' | 'silent'

/** A token that the client can read: user and expiry, ms since 1970. */
export function makeToken(user: string, expiresAt: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: user, exp: Math.floor(expiresAt / 1000) })}.`
}

const readToken = (token: string): { user: string; expiresAt: number } => {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string
    exp: number
  }
  return { user: claims.sub, expiresAt: claims.exp * 1000 }
}

interface Subjects {
  version: number
  settings: Settings
}

/** Grantwire as a client sees it: the rules of docs/protocol.md over a map in memory, behind a network with weather. */
export class VirtualServer {
  door: Door = 'open'
  /** Asked at each upgrade: false is 429. */
  admits: () => boolean = () => true
  /** False: requests over HTTP fail. */
  http = true
  weather: Weather = () => [5]
  /** Documents in one part of `Synced`. */
  partSize = 100
  /** Frames that the server got, over HTTP and WebSocket, oldest first. */
  readonly received: { at: number; message: ClientMessage | { event: 'GET'; status: number } }[] = []
  /** When upgrades were asked for. */
  readonly dials: number[] = []
  readonly sockets = new Set<VirtualSocket>()
  readonly #time: VirtualTime
  readonly #subjects = new Map<Subject, Subjects>()
  readonly #members = new Map<string, Map<string, Role>>()

  constructor(time: VirtualTime) {
    this.#time = time
  }

  openSocket(protocols: string[]): VirtualSocket {
    this.dials.push(this.#time.now())
    const socket = new VirtualSocket(this.#time, this, readToken((protocols[1] ?? '').slice('bearer.'.length)))
    if (this.door !== 'hang')
      socket.cancel = this.#time.after(5, () => {
        if (this.door === 'refuse' || socket.isOver || !this.admits()) return socket.cut()
        this.sockets.add(socket)
        socket.onopen?.({} as Event)
      })
    return socket
  }

  /** The last sync of a client, and how many there were. */
  get syncs(): { at: number; known: Record<string, number> }[] {
    return this.received.flatMap(({ at, message }) => (message.event === 'sync' ? [{ at, known: message.known }] : []))
  }

  get polls(): { at: number; status: number }[] {
    return this.received.flatMap(({ at, message }) => (message.event === 'GET' ? [{ at, status: message.status }] : []))
  }

  /** Puts a new version of a subject's settings, and tells its audience. */
  put(subject: Subject, change: Settings): void {
    const before = this.#subjects.get(subject) ?? { version: 0, settings: {} }
    const { version, settings } = { version: before.version + 1, settings: { ...before.settings, ...change } }
    this.#subjects.set(subject, { version, settings })
    const update: ServerEvent = {
      event: 'UserUpdated',
      id: `${subject}@${version}`,
      subject,
      version,
      settings,
      change,
      updatedBy: 'admin',
      updatedAt: new Date(this.#time.now()).toISOString(),
    }
    for (const socket of this.sockets) if (this.#isOf(subject, socket.user)) socket.post(update)
  }

  /** Makes somebody a member or an admin, or removes them, and hints. */
  setRole(group: string, user: string, role: Role | null): void {
    const members = this.#members.get(group) ?? new Map<string, Role>()
    this.#members.set(group, members)
    if (role) members.set(user, role)
    else members.delete(user)
    for (const socket of this.sockets)
      if (socket.user === user) socket.post({ event: 'MembershipChanged', group, role })
  }

  /** A custom event. */
  emit(subject: Subject, id: string, event: string, data: unknown): void {
    for (const socket of this.sockets)
      if (this.#isOf(subject, socket.user))
        socket.post({ event, id, subject, data, sentBy: 'admin', sentAt: '' } as ServerEvent)
  }

  signOut(user: string, reconnect = false): void {
    for (const socket of [...this.sockets])
      if (socket.user === user) {
        socket.post({ event: 'SignedOut', reason: reconnect ? 'token_expired' : 'signed_out', reconnect })
        this.#time.after(6, () => socket.cut())
      }
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of [...this.sockets]) socket.cut()
  }

  #isOf(subject: Subject, user: string): boolean {
    return subject === `user:${user}` || this.#members.get(subject.slice('group:'.length))?.has(user) === true
  }

  /** What the user may know, as the server knows it. */
  documentsOf(user: string): SettingsDocument[] {
    const of = (subject: Subject, role?: Role): SettingsDocument => {
      const { version, settings } = this.#subjects.get(subject) ?? { version: 0, settings: {} }
      const who = version > 0 ? { updatedBy: 'admin', updatedAt: 'then' } : { updatedBy: null, updatedAt: null }
      return { subject, version, settings, ...who, ...(role && { role }) }
    }
    const groups = [...this.#members].flatMap(([group, members]) => {
      const role = members.get(user)
      return role ? [of(`group:${group}`, role)] : []
    })
    return [of(`user:${user}`), ...groups]
  }

  me(user: string): Me {
    const documents = this.documentsOf(user)
    const groups = documents.flatMap(({ subject, role }) => (role ? [{ group: subject.slice(6), role }] : []))
    return { user, groups, documents, permissions: effectivePermissions(documents) }
  }

  /** `GET /me`. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    await new Promise<void>((resolve, reject) => {
      this.#time.after(5, resolve)
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
    })
    if (!this.http || !url.endsWith('/me')) throw new TypeError('Failed to fetch')
    const me = this.me(readToken((headers.get('authorization') ?? '').slice('Bearer '.length)).user)
    const etag = `"${JSON.stringify(me.documents.map(({ subject, version, role }) => [subject, version, role]))}"`
    const status = headers.get('if-none-match') === etag ? 304 : 200
    this.received.push({ at: this.#time.now(), message: { event: 'GET', status } })
    return new Response(status === 200 ? JSON.stringify(me) : null, { status, headers: { etag } })
  }

  /** Answers a message. */
  take(socket: VirtualSocket, message: ClientMessage): void {
    this.received.push({ at: this.#time.now(), message })
    if (this.door === 'silent') return
    if (message.event === 'renew') {
      socket.expiresAt = readToken(message.token).expiresAt
      return socket.post({ event: 'Renewed', tokenExpiresAt: new Date(socket.expiresAt).toISOString() })
    }
    if (socket.expiresAt <= this.#time.now()) {
      socket.post({ event: 'SignedOut', reason: 'token_expired', reconnect: true })
      this.#time.after(6, () => socket.cut())
      return
    }
    const all = this.documentsOf(socket.user)
    const { known, admin = [] } = message
    const documents = all.filter(
      ({ subject, version, role }) =>
        !((known[subject] ?? -1) >= version) || admin.includes(subject) !== (role === 'admin'),
    )
    const gone = (Object.keys(known) as Subject[]).filter(
      subject => !all.some(document => document.subject === subject),
    )
    const rest = [...documents]
    do {
      const part: Synced = {
        event: 'Synced',
        ...(message.ref !== undefined && { ref: message.ref }),
        connectionId: socket.id,
        documents: rest.splice(0, this.partSize),
        gone: gone.splice(0),
        more: rest.length > 0,
        keepAliveSeconds: 540,
        serverTime: new Date(this.#time.now()).toISOString(),
      }
      socket.post(part, true)
    } while (rest.length > 0)
  }
}

/** One WebSocket: the client's side, and `post` for the server's. */
export class VirtualSocket implements Socket {
  static #count = 0
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  cancel?: () => void
  readonly id = `connection-${VirtualSocket.#count++}`
  readonly user: string
  expiresAt: number
  isOver = false
  readonly #time: VirtualTime
  readonly #server: VirtualServer
  /** Parts of one answer keep their order. */
  #inOrder = 0

  constructor(time: VirtualTime, server: VirtualServer, { user, expiresAt }: { user: string; expiresAt: number }) {
    this.#time = time
    this.#server = server
    this.user = user
    this.expiresAt = expiresAt
  }

  send(text: string): void {
    const message = JSON.parse(text) as ClientMessage
    for (const ms of this.#server.weather({ to: 'server', event: message.event }))
      this.#time.after(ms, () => {
        if (!this.isOver) this.#server.take(this, message)
      })
  }

  /** Posts an event of the server to the client. */
  post(event: ServerEvent, inOrder = false): void {
    if (this.#server.door === 'silent') return
    for (const ms of this.#server.weather({ to: 'client', event: event.event })) {
      const at = inOrder ? Math.max(this.#inOrder, this.#time.now() + ms) : this.#time.now() + ms
      if (inOrder) this.#inOrder = at
      this.#time.after(at - this.#time.now(), () => {
        if (!this.isOver) this.onmessage?.({ data: JSON.stringify(event) } as MessageEvent)
      })
    }
  }

  /** The client closes. */
  close(): void {
    this.#end()
  }

  /** The line is cut: the client hears of it. */
  cut(): void {
    this.#end()
    this.onclose?.({} as CloseEvent)
  }

  #end(): void {
    this.isOver = true
    this.cancel?.()
    this.#server.sockets.delete(this)
  }
}
