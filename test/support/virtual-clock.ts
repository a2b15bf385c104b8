import type { Clock } from '../../functions/core/clock.ts'

/** A clock that stands still until everybody waits, then jumps to the next one who is to be woken. */
export class VirtualClock implements Clock {
  #now: number
  readonly #sleepers: { at: number; order: number; wake: () => void }[] = []
  #order = 0

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number): Promise<void> {
    return new Promise(wake => {
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake }
      let index = this.#sleepers.length
      while (index > 0 && isBefore(this.#sleepers[index - 1]!, sleeper)) index--
      this.#sleepers.splice(index, 0, sleeper)
    })
  }

  /** Moves on until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { ended: false }
    const end = () => void (state.ended = true)
    work.then(end, end)
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (state.ended) return work
      const next = this.#sleepers.pop()
      if (next === undefined) throw new Error('everybody waits and nobody is to be woken')
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
  }
}

/** The list ends with whoever is woken first. */
const isBefore = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
