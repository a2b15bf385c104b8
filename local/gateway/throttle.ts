import type { Clock } from '../clock.ts'

/**
 * The token bucket that every request of a Region shares: HTTP, WebSocket messages and connects, and posts to connections.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export class TokenBucket {
  readonly #clock: Clock
  readonly #rate: number
  readonly #burst: number
  #tokens: number
  #last: number

  /**
   * @param rate tokens a second
   * @param burst tokens at most
   */
  constructor(clock: Clock, rate = 10_000, burst = 5_000) {
    this.#clock = clock
    this.#rate = rate
    this.#burst = burst
    this.#tokens = burst
    this.#last = clock.now()
  }

  /** Takes a token; false where none is left. */
  take(): boolean {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#last) / 1000) * this.#rate)
    this.#last = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
