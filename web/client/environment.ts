/** Everything that the client takes from outside, in one place, so that every path runs under a test's clock and wires. */

/** The part of `WebSocket` that the client uses. */
export interface Socket {
  onopen: ((event: Event) => unknown) | null
  onmessage: ((message: MessageEvent<unknown>) => unknown) | null
  onclose: ((event: CloseEvent) => unknown) | null
  send(text: string): void
  close(code?: number): void
}

/** The part of `BroadcastChannel` that the client uses. */
export interface Channel {
  onmessage: ((message: MessageEvent<unknown>) => unknown) | null
  postMessage(message: unknown): void
  close(): void
}

/** The part of the Web Locks API that the client uses. */
export interface Locks {
  request(
    name: string,
    options: { steal?: boolean; signal?: AbortSignal },
    held: () => Promise<unknown>,
  ): Promise<unknown>
}

/**
 * What the page tells. `wake`: it is back, it is seen, or the network came or went, so there is reason to ask the server now
 * and not to trust an open socket. `suspend`: it is left or frozen, and may come back.
 */
export type PageSignal = 'wake' | 'suspend'

export interface Environment {
  /** Milliseconds since 1970. */
  now(): number
  /** 0 up to, but not including, 1. */
  random(): number
  /** Calls back after `ms`; returns how to take that back. */
  after(ms: number, callback: () => void): () => void
  openSocket(url: string, protocols: string[]): Socket
  fetch(url: string, init: RequestInit): Promise<Response>
  /** False while nobody can see the page. */
  visible(): boolean
  /** Returns its own unsubscribe. */
  onPage(listener: (signal: PageSignal) => void): () => void
  /** Where an error of a listener goes. */
  report(error: unknown): void
  /** Where a snapshot is kept. May throw: storage can be forbidden. */
  storage?: (() => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) | undefined
  locks?: Locks | undefined
  openChannel?: ((name: string) => Channel) | undefined
}

/** Events of window and document that say that the page is back, or seen, or that the network came or went. */
const WAKING = ['online', 'offline', 'pageshow', 'resume', 'visibilitychange']
/** And those that say that it is left or frozen. */
const LEAVING = ['pagehide', 'freeze']

/** The environment of a browser page; what does not exist (in a worker, in Node) is left out. */
export function browserEnvironment(): Environment {
  const page = globalThis as Partial<typeof globalThis>
  return {
    now: Date.now,
    random: Math.random,
    after(ms, callback) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    openSocket: (url, protocols) => new WebSocket(url, protocols),
    fetch: (url, init) => fetch(url, init),
    visible: () => !page.document?.hidden,
    onPage(listener) {
      const hear = ({ type, persisted }: Event & { persisted?: boolean }) => {
        // A page that is hidden goes on; one that has just been loaded, or goes for good, is neither back nor waits.
        if ((type !== 'visibilitychange' || !page.document?.hidden) && persisted !== false)
          listener(LEAVING.includes(type) ? 'suspend' : 'wake')
      }
      const listening = new AbortController()
      // Events of the document bubble up to the window only where they say so; captured there, all of them are seen.
      for (const type of [...WAKING, ...LEAVING])
        page.addEventListener?.(type, hear, { capture: true, signal: listening.signal })
      return () => listening.abort()
    },
    report: error => (page.reportError ?? console.error)(error),
    storage: page.document && (() => localStorage),
    locks: page.navigator?.locks,
    openChannel: page.document && page.BroadcastChannel && (name => new BroadcastChannel(name)),
  }
}

/** One appointment at most: the last one that was made. Without arguments there is none any more. */
export type Timer = (ms?: number, callback?: () => void) => void

export function createTimer(environment: Environment): Timer {
  let cancel: (() => void) | undefined
  return (ms = 0, callback) => {
    cancel?.()
    cancel = callback && environment.after(ms, callback)
  }
}
