/** Time that moves only when it is told to, for everybody in a virtual world. */
export class VirtualTime {
  #now = Date.UTC(2026, 0, 1)
  #order = 0
  /** Sorted, the next one last. */
  readonly #timers: { at: number; order: number; callback: () => void }[] = []

  now = (): number => this.#now

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#timers[middle]!
      if (other.at > timer.at || (other.at === timer.at && other.order > timer.order)) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => {
      const index = this.#timers.indexOf(timer)
      if (index >= 0) this.#timers.splice(index, 1)
    }
  }

  /** Lets what waits for no timer go on. */
  settle(): Promise<void> {
    return new Promise(resolve => setImmediate(resolve))
  }

  /** Moves on by `ms`, and lets everything happen that falls into them, each at its moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.settle()
    for (let next = this.#timers.at(-1); next !== undefined && next.at <= end; next = this.#timers.at(-1)) {
      this.#timers.pop()
      this.#now = next.at
      next.callback()
      await this.settle()
    }
    this.#now = end
  }

  /** Moves on until it is so; fails after `ms`. */
  async until(isSo: () => boolean, ms: number): Promise<void> {
    const end = this.#now + ms
    await this.settle()
    while (!isSo()) {
      const next = this.#timers.at(-1)
      if (next === undefined || next.at > end) throw new Error(`not so within ${ms} ms`)
      await this.advance(next.at - this.#now)
    }
  }
}
