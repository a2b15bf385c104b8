/** Chance that can be repeated: the same seed gives the same sequence. */
export interface Chance {
  /** 0 up to, but not including, 1. */
  next(): number
  pick<T>(from: readonly T[]): T
}

/** Mulberry32, a generator of 32 bits of state (public domain, by Tommy Ettinger). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    pick(from) {
      const picked = from[Math.floor(next() * from.length)]
      if (picked === undefined) throw new Error('there is nothing to pick from')
      return picked
    },
  }
}
