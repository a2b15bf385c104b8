/** Calls `run` for each item, at most `limit` at a time, and gives the results in the order of the items. The first failure is thrown, and no further item is begun. */
export async function mapBounded<T, R>(items: readonly T[], limit: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++
      try {
        results.set(index, await run(items[index] as T))
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return items.flatMap((_, index) => (results.has(index) ? [results.get(index) as R] : []))
}
