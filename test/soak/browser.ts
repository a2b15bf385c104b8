import { decodeJwt } from 'jose'
import { WebSocket } from 'ws'
import { connect } from '../../web/client/connect.ts'
import type { Environment, PageSignal, Socket } from '../../web/client/environment.ts'
import type { Connection } from '../../web/client/machine.ts'
import type { Grants } from '../../web/client/types.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { CustomEvent, ServerEvent, SystemEvent } from '../../protocol/events.ts'
import { subjectOf, type Subject } from '../../protocol/ids.ts'
import { BEARER_PREFIX } from '../../protocol/limits.ts'
import type { Ledger } from './ledger.ts'

/** A post may have been under way at the expiry, and a busy machine is late in reading it. */
const EXPIRY_SLACK_MS = 4_000

export interface BrowserOptions {
  user: string
  webSocketUrl: string
  getToken: () => Promise<string>
  random: () => number
  ledger: Ledger
  /** Does not renew its token, as a page whose timers stand still. */
  drowsy: boolean
  onPush: (subject: Subject, version: number) => void
  /** A connection, or an attempt to have one, failed. */
  onLoss: (reason: Connection['reason']) => void
}

/** One tab of a user: the real client, over a socket that tells the ledger everything that comes. */
export class Browser {
  readonly user: string
  readonly grants: Grants
  /** Syncs that were asked for, and connections that were dialled. */
  syncs = 0
  dials = 0
  drowsy: boolean
  /** The version that was pushed last, by subject. */
  readonly pushed = new Map<Subject, number>()
  readonly #options: BrowserOptions
  readonly #held = new Map<Subject, number>()
  #signal: (signal: PageSignal) => void = () => undefined
  #socket: WebSocket | undefined
  #answered = 0
  #before: Connection | undefined

  constructor(options: BrowserOptions) {
    this.#options = options
    this.user = options.user
    this.drowsy = options.drowsy
    this.grants = connect({
      webSocketUrl: options.webSocketUrl,
      getToken: options.getToken,
      environment: this.#environment(),
      shared: false,
    })
    this.grants.subscribe(() => {
      this.#watch()
      const { connection } = this.grants
      if (connection.state === 'waiting' && connection !== this.#before) options.onLoss(connection.reason)
      this.#before = connection
    })
  }

  /** The page is looked at again: the client asks the server, or dials. */
  wake(): void {
    this.#signal('wake')
  }

  /** Answers to syncs so far. */
  get answered(): number {
    return this.#answered
  }

  get isConnected(): boolean {
    return this.grants.connection.state === 'connected'
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.#socket?.terminate()
  }

  close(): void {
    this.grants.close()
    this.#socket?.terminate()
  }

  #environment(): Environment {
    return {
      now: () => Date.now(),
      random: this.#options.random,
      after(ms, callback) {
        const id = setTimeout(callback, ms)
        return () => clearTimeout(id)
      },
      openSocket: (url, protocols) => this.#open(url, protocols),
      fetch: (url, init) => fetch(url, init),
      visible: () => true,
      onPage: listener => {
        this.#signal = listener
        return () => undefined
      },
      report: () => undefined,
    }
  }

  #open(url: string, protocols: string[]): Socket {
    this.dials++
    const ws = new WebSocket(url, protocols)
    this.#socket = ws
    const token = protocols.find(text => text.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? ''
    let expiresAt = expiryOf(token)
    const socket: Socket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: text => {
        const message = JSON.parse(text) as ClientMessage
        if (message.event === 'sync') this.syncs++
        if (message.event === 'renew') {
          if (this.drowsy) return
          expiresAt = Math.max(expiresAt, expiryOf(message.token))
        }
        if (ws.readyState === WebSocket.OPEN) ws.send(text)
      },
      close: code => ws.close(code),
    }
    ws.on('error', () => undefined)
    ws.on('open', () => socket.onopen?.({} as Event))
    ws.on('close', code => socket.onclose?.({ code } as CloseEvent))
    ws.on('message', data => {
      const text = (data as Buffer).toString()
      this.#receive(JSON.parse(text) as ServerEvent, expiresAt)
      socket.onmessage?.({ data: text } as MessageEvent)
    })
    return socket
  }

  #receive(received: ServerEvent, expiresAt: number): void {
    const { ledger, user, onPush } = this.#options
    const event = received as SystemEvent
    const late = Date.now() - expiresAt
    if ((event.event === 'UserUpdated' || 'data' in event) && late > EXPIRY_SLACK_MS)
      ledger.broken('past expiry', `${event.event} to ${user}, ${late} ms after the token expired`)
    if (event.event === 'UserUpdated') {
      ledger.document(user, event.subject, event.version, 'push')
      this.pushed.set(event.subject, event.version)
      onPush(event.subject, event.version)
    } else if (event.event === 'Synced') {
      if (!event.more) this.#answered++
      for (const { subject, version } of event.documents) ledger.document(user, subject, version, 'sync')
    } else if ('data' in event) {
      const { subject, data } = event as unknown as CustomEvent
      ledger.event(user, subject, (data as { sentAt: number }).sentAt)
    }
  }

  /** No version that the application sees is ever older than one that it saw. */
  #watch(): void {
    for (const subject of [
      subjectOf('user', this.user),
      ...this.grants.groups.map(({ group }) => subjectOf('group', group)),
    ]) {
      const version = this.grants.version(subject)
      if (version === undefined) continue
      const before = this.#held.get(subject) ?? 0
      if (version < before)
        this.#options.ledger.broken('step back', `${subject} from ${before} to ${version} at ${this.user}`)
      this.#held.set(subject, version)
    }
  }
}

/** Ms since 1970. */
const expiryOf = (token: string): number => (decodeJwt(token).exp ?? 0) * 1000
