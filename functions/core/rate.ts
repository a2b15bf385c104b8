/**
 * How fast to post, learnt from refusals. API Gateway counts posts and everybody else's requests in one token bucket a
 * Region (10,000 a second and a burst of 5,000 by default), and does not say what is left of it. So: no limit until the
 * first refusal, then a first guess from what went through, and from there additive increase, multiplicative decrease. What
 * is left unused while the rate is below the quota fills the bucket again, so probing a little above it loses little.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export class Rate {
  #perSecond = Infinity
  /** No post before this time, ms. */
  #next = 0
  #lastDecrease = -Infinity
  #lastIncrease = 0
  /** Times of the posts that went through, before the first refusal. */
  readonly #delivered: number[] = []

  /** Posts a second at present; Infinity until something was refused. */
  get perSecond(): number {
    return this.#perSecond
  }

  /** Asks to post now. Gives 0 and counts the post, or the ms after which to ask again. */
  ask(now: number): number {
    if (this.#perSecond === Infinity) return 0
    this.#increase(now)
    if (now < this.#next) return this.#next - now
    // Timers are late by some ms: what they missed may follow at once, what a pause left unused may not.
    this.#next = Math.max(this.#next, now - CATCH_UP_MS) + 1000 / this.#perSecond
    return 0
  }

  delivered(now: number): void {
    if (this.#perSecond !== Infinity) return
    this.#delivered.push(now)
    if (this.#delivered.length > MOST_REMEMBERED) this.#delivered.splice(0, MOST_REMEMBERED / 2)
  }

  /** @param startedAt when the refused post was sent: those already under way when the rate was cut say nothing new */
  refused(now: number, startedAt: number): void {
    if (startedAt < this.#lastDecrease) return
    this.#perSecond = Math.max(
      SLOWEST,
      this.#perSecond === Infinity ? this.#delivered.filter(at => at > now - 1000).length : this.#perSecond * DECREASE,
    )
    this.#lastDecrease = now
    this.#lastIncrease = now
    this.#next = Math.max(this.#next, now + PAUSE_MS)
  }

  #increase(now: number): void {
    const steps = Math.floor((now - this.#lastIncrease) / STEP_MS)
    if (steps === 0) return
    // Nothing refused for a while means that the guess is far too low, as it is where the bucket was nearly empty at first.
    const quiet = (now - this.#lastDecrease) / 1000
    this.#perSecond *= 1 + Math.min(MOST_INCREASE, INCREASE * 8 ** quiet) * Math.min(steps, 10)
    this.#lastIncrease = now
  }
}

const MOST_REMEMBERED = 20_000
const SLOWEST = 10
const DECREASE = 0.92
const INCREASE = 0.015
const MOST_INCREASE = 0.3
const STEP_MS = 100
/** The bucket is empty: it fills a little before the next post. */
const PAUSE_MS = 20
const CATCH_UP_MS = 5
