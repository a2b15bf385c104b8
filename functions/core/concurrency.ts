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

/**
 * What these give, run at the same time. Where several fail, the first one in the list is thrown, whichever failed first: the
 * same mistake always has the same error.
 */
export async function allInOrder<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> | undefined }],
): Promise<T> {
  const results = await Promise.allSettled(work.map(part => Promise.resolve(part)))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map(result => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T
}
