import { tokenOf } from './browser.ts'
import type { World } from './world.ts'

/** A tab that does only what it is told: whoever wrote its client renews late, or never, or at the wrong moment. */
export class Tab {
  readonly #world: World
  readonly #user: string
  readonly #socket: ReturnType<World['gateway']['dial']>
  #isOpen = false
  #syncs = 0

  /** @param tokenMs how long the token is good with which it opens */
  constructor(world: World, user: string, tokenMs: number) {
    this.#world = world
    this.#user = user
    this.#socket = world.gateway.dial(['grantwire.v1', `bearer.${this.#token(tokenMs)}`])
    this.#socket.onopen = () => void (this.#isOpen = true)
    this.#socket.onclose = () => void (this.#isOpen = false)
  }

  sync(): void {
    this.#send({ event: 'sync', ref: ++this.#syncs, known: {} })
  }

  renew(tokenMs: number): void {
    this.#send({ event: 'renew', token: this.#token(tokenMs) })
  }

  #send(message: object): void {
    if (this.#isOpen) this.#socket.send(JSON.stringify(message))
  }

  #token(ms: number): string {
    return tokenOf(this.#user, this.#world.now + ms)
  }
}
