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
 * What the page tells. `wake`: there is reason to ask the server now and not to trust an open socket. `offline`: the network
 * is gone. `suspend`: the page is left and may come back from the back/forward cache.
 */
export type PageSignal = 'wake' | 'offline' | 'suspend'

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
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined
  locks?: Locks | undefined
  openChannel?: ((name: string) => Channel) | undefined
}

/** The events of window and document, and what each one means. */
const SIGNALS = {
  online: 'wake',
  pageshow: 'wake',
  visibilitychange: 'wake',
  resume: 'wake',
  offline: 'offline',
  pagehide: 'suspend',
} as const satisfies Record<string, PageSignal>

/** Storage can be forbidden, and then even reading the property throws. */
function localStorageOrNone(): Storage | undefined {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}

/** The environment of a browser page; what does not exist (in a worker, in Node) is left out. */
export function browserEnvironment(): Environment {
  const page = globalThis as Partial<typeof globalThis>
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after(ms, callback) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    openSocket: (url, protocols) => new WebSocket(url, protocols),
    fetch: (url, init) => fetch(url, init),
    visible: () => page.document?.visibilityState !== 'hidden',
    onPage(listener) {
      const hear = ({ type }: Event) => {
        if (type !== 'visibilitychange' || page.document?.visibilityState === 'visible')
          listener(SIGNALS[type as keyof typeof SIGNALS])
      }
      // Events of the document bubble up to the window only where they say so; captured there, all of them are seen.
      for (const type in SIGNALS) page.addEventListener?.(type, hear, true)
      return () => {
        for (const type in SIGNALS) page.removeEventListener?.(type, hear, true)
      }
    },
    report: error => (page.reportError ?? console.error)(error),
    storage: page.document && localStorageOrNone(),
    locks: page.navigator?.locks,
    openChannel: page.document && page.BroadcastChannel && (name => new BroadcastChannel(name)),
  }
}

export interface Timer {
  /** Starts over where it was running. */
  start(ms: number, callback: () => void): void
  stop(): void
  readonly running: boolean
}

/** A timer that holds one appointment at most. */
export function createTimer(environment: Environment): Timer {
  let stop: (() => void) | undefined
  const timer: Timer = {
    start(ms, callback) {
      timer.stop()
      stop = environment.after(ms, () => {
        stop = undefined
        callback()
      })
    },
    stop() {
      stop?.()
      stop = undefined
    },
    get running() {
      return stop !== undefined
    },
  }
  return timer
}
