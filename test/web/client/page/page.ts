import { browserEnvironment, connect, UnauthorizedError, type Environment } from '../../../../web/client/index.ts'

/**
 * The page of the Chromium tests: the client on the browser's own sockets, storage, locks, channels and events. Only time is
 * injected: it goes as it does, and `leap` lets more of it pass at once.
 */

interface Appointment {
  at: number
  callback: () => void
  handle: number
}

const appointments = new Set<Appointment>()
let leapt = 0

const now = (): number => Date.now() + leapt

function keep(appointment: Appointment): void {
  clearTimeout(appointment.handle)
  appointment.handle = window.setTimeout(() => {
    appointments.delete(appointment)
    appointment.callback()
  }, appointment.at - now())
}

/** Lets `ms` pass at once: what falls into them happens now, one after the other. */
function leap(ms: number): void {
  leapt += ms
  for (const appointment of [...appointments].sort((a, b) => a.at - b.at))
    if (appointments.has(appointment)) keep(appointment)
}

const own = browserEnvironment()
let opened = 0
let openNow = 0
let mostOpen = 0
let lastDialAt = 0

const environment: Environment = {
  ...own,
  now,
  after(ms, callback) {
    const appointment = { at: now() + ms, callback, handle: 0 }
    appointments.add(appointment)
    keep(appointment)
    return () => {
      clearTimeout(appointment.handle)
      appointments.delete(appointment)
    }
  },
  openSocket(url, protocols) {
    const socket = new WebSocket(url, protocols)
    opened++
    lastDialAt = Date.now()
    socket.addEventListener('open', () => (mostOpen = Math.max(mostOpen, ++openNow)))
    socket.addEventListener('close', () => openNow--)
    return socket
  },
  report: error => reported.push(String(error)),
}

const reported: string[] = []
const query = new URLSearchParams(location.search)
const get = (name: string): string => query.get(name) ?? ''

const grants = connect({
  webSocketUrl: get('webSocketUrl'),
  httpUrl: get('httpUrl'),
  shared: query.has('shared'),
  cache: query.has('cache'),
  environment,
  async getToken() {
    const answer = await fetch(`/token?user=${get('user')}&expiresIn=${get('expiresIn')}`)
    if (answer.status === 401) throw new UnauthorizedError('Nobody is signed in')
    return answer.text()
  },
})

const told: object[] = []
const states: string[] = []
grants.on('UserUpdated', ({ event, subject, version }) => told.push({ event, subject, version }))
grants.on('MembershipChanged', event => told.push(event))
grants.on('SignedOut', event => told.push(event))
grants.subscribe(() => {
  if (states.at(-1) !== grants.connection.state) states.push(grants.connection.state)
})

/** How pages came back from the back/forward cache. */
let restored = 0
addEventListener('pageshow', ({ persisted }) => (restored += persisted ? 1 : 0))

const page = {
  grants,
  leap,
  told,
  states,
  reported,
  sockets: () => ({ opened, openNow, mostOpen, lastDialAt }),
  restored: () => restored,
  /** Keeps the page's thread busy, as a hung page does. */
  hang(ms: number) {
    const end = Date.now() + ms
    while (Date.now() < end) continue
  },
}
export type ClientPage = typeof page
Object.assign(window, { page })
