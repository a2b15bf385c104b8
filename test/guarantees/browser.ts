import { connect } from '../../web/client/connect.ts'
import type { Environment, PageSignal } from '../../web/client/environment.ts'
import type { Grants } from '../../web/client/types.ts'
import type { Subject } from '../../protocol/ids.ts'
import type { World } from './world.ts'

const TOKEN_MS = 3_600_000

/** A user's browser: the real client, with this world around it. */
export class Browser {
  readonly user: string
  readonly grants: Grants
  readonly #world: World
  #page: ((signal: PageSignal) => void) | undefined
  /** The version of each subject held, as it was after the last change. */
  #held = new Map<Subject, number>()

  constructor(world: World, user: string, tokenMs: number = TOKEN_MS) {
    this.#world = world
    this.user = user
    const environment: Environment = {
      now: () => world.now,
      random: () => world.dice.next(),
      after: (ms, callback) => world.after(ms, callback),
      openSocket: (_, protocols) => world.gateway.dial(protocols),
      fetch: () => Promise.reject(new Error('no HTTP here')),
      visible: () => true,
      onPage: listener => {
        this.#page = listener
        return () => undefined
      },
      report: error => world.guarantees.break('END', `the client reported ${String(error)}`),
    }
    this.grants = connect({
      webSocketUrl: 'wss://here',
      environment,
      getToken: () => tokenOf(user, world.now + tokenMs),
    })
    this.grants.subscribe(() => this.#compare())
  }

  /** The page comes back to the front, which is a reason to ask. */
  wake(): void {
    this.#page?.('wake')
  }

  /** The subjects that it holds, with their versions. */
  held(subjects: readonly Subject[]): Map<Subject, number> {
    return new Map(
      subjects.flatMap(subject => {
        const version = this.grants.version(subject)
        return version === undefined ? [] : [[subject, version]]
      }),
    )
  }

  #compare(): void {
    const held = this.held(this.#world.guarantees.subjectsOf(this.user))
    for (const [subject, version] of held)
      if (version < (this.#held.get(subject) ?? 0))
        this.#world.guarantees.break('G2', `${this.user} went from ${this.#held.get(subject) ?? 0} back to ${version}`)
    this.#held = held
  }
}

/** As much of a JWT as the client reads; `exp` is in seconds. */
export const tokenOf = (user: string, expiresAt: number): string =>
  `e30.${Buffer.from(JSON.stringify({ sub: user, exp: Math.floor(expiresAt / 1000) })).toString('base64url')}.s`
