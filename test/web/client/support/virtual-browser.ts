import type { Channel, Environment, Locks, PageSignal } from '../../../../web/client/index.ts'
import type { VirtualServer } from './virtual-server.ts'
import type { VirtualTime } from './virtual-time.ts'

interface Request {
  tab: VirtualTab
  held: () => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** What the tabs of one browser share: locks, channels and storage. */
export class VirtualBrowser {
  readonly time: VirtualTime
  readonly server: VirtualServer
  readonly storage = new Map<string, string>()
  readonly holders = new Map<string, Request>()
  readonly queues = new Map<string, Request[]>()
  readonly channels = new Set<{ name: string; tab: VirtualTab; channel: Channel }>()

  constructor(time: VirtualTime, server: VirtualServer) {
    this.time = time
    this.server = server
  }

  /** Hands a free lock to the next in the queue. */
  grant(name: string): void {
    const next = this.holders.has(name) ? undefined : this.queues.get(name)?.shift()
    if (next === undefined) return
    this.hold(name, next)
  }

  hold(name: string, request: Request): void {
    this.holders.set(name, request)
    request.tab.run(() => {
      const release = (): void => {
        if (this.holders.get(name) !== request) return
        this.holders.delete(name)
        this.grant(name)
      }
      void request.held().then(
        value => {
          release()
          request.resolve(value)
        },
        (error: unknown) => {
          release()
          request.reject(error as Error)
        },
      )
    })
  }

  tab(): VirtualTab {
    return new VirtualTab(this)
  }
}

const abortError = (): Error => Object.assign(new Error('The request was aborted'), { name: 'AbortError' })

/** One tab, and everything that its client takes from outside. */
export class VirtualTab {
  visible = true
  /** Set to leave APIs out. */
  features = { locks: true, channels: true, storage: true }
  random: () => number = Math.random
  readonly reported: unknown[] = []
  readonly #browser: VirtualBrowser
  readonly #listeners = new Set<(signal: PageSignal) => void>()
  readonly #waiting: (() => void)[] = []
  #frozen = false
  #killed = false

  constructor(browser: VirtualBrowser) {
    this.#browser = browser
  }

  signal(signal: PageSignal): void {
    for (const listener of this.#listeners) listener(signal)
  }

  /** Stops everything in this tab, without a word to it: as a hung page, or a system that sleeps. */
  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    for (const work of this.#waiting.splice(0)) work()
  }

  /** The tab is closed, or its process dies. */
  kill(): void {
    this.#killed = true
    for (const [name, request] of this.#browser.holders)
      if (request.tab === this) {
        this.#browser.holders.delete(name)
        this.#browser.grant(name)
      }
    for (const [name, queue] of this.#browser.queues)
      this.#browser.queues.set(
        name,
        queue.filter(request => request.tab !== this),
      )
    for (const entry of this.#browser.channels) if (entry.tab === this) this.#browser.channels.delete(entry)
    for (const socket of this.#sockets) socket.close()
  }

  readonly #sockets = new Set<{ close(): void }>()

  /** Runs a task of this tab, in its own time. */
  run(work: () => void): void {
    if (this.#killed) return
    if (this.#frozen) this.#waiting.push(work)
    else work()
  }

  environment(): Environment {
    const { time, server, storage, channels } = this.#browser
    const wrap = <T>(handler: ((event: T) => unknown) | null) =>
      handler && ((event: T) => this.run(() => handler(event)))
    return {
      now: time.now,
      random: () => this.random(),
      after: (ms, callback) => {
        let cancelled = false
        const cancel = time.after(ms, () =>
          this.run(() => {
            if (!cancelled) callback()
          }),
        )
        return () => {
          cancelled = true
          cancel()
        }
      },
      openSocket: (_url, protocols) => {
        const socket = server.openSocket(protocols)
        this.#sockets.add(socket)
        return {
          set onopen(handler: typeof socket.onopen) {
            socket.onopen = wrap(handler)
          },
          set onmessage(handler: typeof socket.onmessage) {
            socket.onmessage = wrap(handler)
          },
          set onclose(handler: typeof socket.onclose) {
            socket.onclose = wrap(handler)
          },
          send: text => socket.send(text),
          close: () => socket.close(),
        }
      },
      fetch: (url, init) => server.fetch(url, init),
      visible: () => this.visible,
      onPage: listener => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      report: error => void this.reported.push(error),
      storage: this.features.storage
        ? () => ({
            getItem: key => storage.get(key) ?? null,
            setItem: (key, value) => void storage.set(key, value),
            removeItem: key => void storage.delete(key),
          })
        : undefined,
      locks: this.features.locks ? this.#locks() : undefined,
      openChannel: this.features.channels
        ? name => {
            const channel: Channel = {
              onmessage: null,
              postMessage: message => {
                const data: unknown = structuredClone(message)
                for (const other of channels)
                  if (other.name === name && other.channel !== channel)
                    time.after(1, () =>
                      other.tab.run(() => {
                        if (channels.has(other)) other.channel.onmessage?.({ data } as MessageEvent)
                      }),
                    )
              },
              close: () => void channels.delete(entry),
            }
            const entry = { name, tab: this, channel }
            channels.add(entry)
            return channel
          }
        : undefined,
    }
  }

  #locks(): Locks {
    const browser = this.#browser
    return {
      request: (name, { steal, signal }, held) =>
        new Promise((resolve, reject) => {
          const request: Request = { tab: this, held, resolve, reject: error => this.run(() => reject(error)) }
          if (steal) {
            browser.time.after(1, () => {
              browser.holders.get(name)?.reject(abortError())
              browser.hold(name, request)
            })
            return
          }
          const queue = browser.queues.get(name) ?? []
          browser.queues.set(name, queue)
          queue.push(request)
          signal?.addEventListener('abort', () => {
            const index = browser.queues.get(name)?.indexOf(request) ?? -1
            if (index < 0) return
            browser.queues.get(name)?.splice(index, 1)
            request.reject(abortError())
          })
          browser.time.after(1, () => browser.grant(name))
        }),
    }
  }
}
