/**
 * How fast to post, learnt from refusals. API Gateway counts posts and everybody else's requests in one token bucket a
 * Region (10,000 a second by default), and does not say how much of it is left. So: no limit until the first refusal;
 * then a little under what went through, and from there additive increase, multiplicative decrease.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export class Rate {
  /** Posts a second; Infinity until something was refused. */
  #perSecond = Infinity
  /** When the next post may go, ms. */
  #next = 0
  #lastDecrease = -Infinity
  #lastIncrease = 0
  /** Times of the posts that went through lately. */
  readonly #taken: number[] = []

  get perSecond(): number {
    return this.#perSecond
  }

  /** Takes the next place in line; gives the ms to wait for it. */
  reserve(now: number): number {
    if (this.#perSecond === Infinity) return 0
    this.#increase(now)
    // After a pause the places that nobody took are gone: a burst of saved-up posts would be refused.
    this.#next = Math.max(this.#next, now) + 1000 / this.#perSecond
    return this.#next - now
  }

  delivered(now: number): void {
    this.#taken.push(now)
    if (this.#taken.length > MOST_REMEMBERED) this.#taken.splice(0, this.#taken.length - MOST_REMEMBERED)
  }

  /** @param startedAt when the refused post was sent: those that were under way when the rate was cut say nothing new */
  refused(now: number, startedAt: number): void {
    if (startedAt < this.#lastDecrease) return
    const recent = this.#taken.filter(at => at > now - WINDOW_MS).length * (1000 / WINDOW_MS)
    const base = this.#perSecond === Infinity ? Math.max(recent / 2, SLOWEST) : this.#perSecond
    this.#perSecond = Math.max(SLOWEST, base * DECREASE)
    this.#lastDecrease = now
    this.#lastIncrease = now
    // The bucket is empty: let it fill for a moment.
    this.#next = Math.max(this.#next, now) + PAUSE_MS
  }

  #increase(now: number): void {
    const elapsed = now - this.#lastIncrease
    if (elapsed < STEP_MS) return
    this.#perSecond *= 1 + INCREASE * Math.min(elapsed / STEP_MS, 5)
    this.#lastIncrease = now
  }
}

const WINDOW_MS = 1000
const MOST_REMEMBERED = 20_000
const SLOWEST = 10
const DECREASE = 0.9
const INCREASE = 0.01
const STEP_MS = 100
const PAUSE_MS = 20
