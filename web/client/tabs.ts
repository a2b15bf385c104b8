import type { ServerEvent } from '../../protocol/events.ts'
import { NOTHING, type Held, type Outcome } from './documents.ts'
import { createTimer, type Channel, type Environment } from './environment.ts'
import type { Connection } from './machine.ts'
import { CHANGED, type State } from './state.ts'
import { PATIENCE_MS, PULSE_MS, WATCHED_MS } from './timing.ts'

/** What a tab that follows, and that somebody looks at, asks of the one that leads. */
interface Ask {
  /** It needs the documents. */
  want: boolean
  /** There is reason to ask the server now. */
  wake: boolean | undefined
}

/** What the tab that leads tells the others. */
interface Word {
  /** Since when it leads: the word of an earlier one does not count any more. */
  term: number
  connection: Connection
  freshUntil: number
  /** All of them, where they have changed or were asked for. */
  documents: Held[] | undefined
}

/**
 * The tabs of one user, of which one has the connection: whoever holds the lock leads, and tells the others what it learns.
 * Where it is closed or lets go, the browser gives the lock to the next in the queue; where it hangs, it is taken away.
 */
export interface Tabs {
  /** Whether this tab connects for the user. If it does not (yet), it follows, until `start` is called. */
  leads(user: string | undefined): boolean
  readonly follows: boolean
  /** Somebody looks at another tab. */
  readonly watched: boolean
  /** Tells the tabs that follow, where this one leads, an event that no document tells of. */
  tell(event: ServerEvent): void
  /** Asks the leading tab for what is new. */
  ask(wake?: boolean): void
  leave(): void
}

export interface TabsOptions {
  /** What the names of lock and channel begin with; the user follows. */
  name: string
  /** The lock is this tab's: it is to connect. */
  start(): void
  /** Another tab took the lock away. */
  stop(): void
  wake(): void
  tell(event: ServerEvent): void
}

/** Undefined where the browser lacks the Web Locks or the BroadcastChannel API. */
export function createTabs(environment: Environment, state: State, on: TabsOptions): Tabs | undefined {
  const { locks, openChannel } = environment
  if (!locks || !openChannel) return undefined
  const pulse = createTimer(environment)
  let name = ''
  let channel: Channel | undefined
  /** This tab's place in the queue for the lock, and how to give the lock back. */
  let place: AbortController | undefined
  let release: (() => void) | undefined
  let term = 0
  /** The tab that leads has the documents of this term from the server; the one that follows, from that tab. */
  let proven = false
  let watchedUntil = 0

  const post = (message: Ask | Word | ServerEvent) => channel?.postMessage(message)

  const say = (want?: boolean) =>
    post({
      term,
      connection: state.view.connection,
      freshUntil: state.freshUntil,
      documents: want && proven ? [...state.documents.held.values()] : undefined,
    })

  const ask = (wake?: boolean) => {
    post({ want: !proven, wake })
    pulse(PATIENCE_MS, () => compete(true))
  }

  const hear = (message: Ask | Word | ServerEvent) => {
    // From whomever it comes: the tab that led may have left right after it.
    if ('event' in message) on.tell(message)
    else if ('term' in message) follow(message)
    else if (release) {
      watchedUntil = environment.now() + WATCHED_MS
      if (message.wake) on.wake()
      say(message.want)
    }
  }

  const follow = (message: Word) => {
    if (release || message.term < term) return
    pulse(PULSE_MS * (1 - environment.random() / 2), () => {
      if (environment.visible()) ask()
    })
    const { documents, freshUntil } = message
    proven &&= message.term === term
    term = message.term
    if (documents || (proven && freshUntil !== state.freshUntil))
      state.apply(documents ? state.documents.take(documents) : NOTHING, freshUntil)
    state.connect(message.connection)
  }

  const lead = () =>
    new Promise<void>(resolve => {
      release = resolve
      pulse()
      term = environment.now()
      proven = false
      on.start()
    })

  const compete = (steal?: true) => {
    place?.abort()
    const mine = (place = new AbortController())
    const isMine = () => mine === place
    locks
      .request(name, steal ? { steal } : { signal: mine.signal }, async () => isMine() && lead())
      .catch((error: unknown) => {
        if (!isMine()) return
        if (release) {
          release = undefined
          proven = false
          on.stop()
          compete()
          return ask()
        }
        // The browser has locks, but not for this page: it leads itself.
        environment.report(error)
        void lead()
      })
  }

  const leave = () => {
    place?.abort()
    release?.()
    channel?.close()
    pulse()
    name = ''
    place = release = channel = undefined
    proven = false
    term = 0
  }

  state.emitter.on(CHANGED, (outcome?: Outcome, freshUntil?: number) => {
    const first = !proven && freshUntil !== undefined
    proven ||= first
    if (release) say(first || outcome?.changed)
  })

  return {
    leads(user) {
      const wanted = user && on.name + user
      if (wanted && wanted === name) return !!release
      leave()
      if (!wanted) return true
      name = wanted
      channel = openChannel(name)
      channel.onmessage = ({ data }) => hear(data as Ask | Word)
      compete()
      ask()
      return false
    },
    get follows() {
      return !!name && !release
    },
    get watched() {
      return environment.now() < watchedUntil
    },
    tell(event) {
      if (release) post(event)
    },
    ask,
    leave,
  }
}
