import { useCallback, useEffect, useState } from 'react'

/** What is known of something that is being fetched. */
export type Load<T> = { state: 'loading' } | { state: 'failed'; error: unknown } | { state: 'ready'; value: T }

/**
 * Fetches when the component appears and whenever `load` is another function (memoize it), and aborts when it goes.
 * `reload`, and another `size`, fetch again and show the old value meanwhile.
 */
export function useLoad<T>(
  load: (signal: AbortSignal, size: number) => Promise<T>,
  size = 1,
): { result: Load<T>; reload: () => void } {
  const [settled, setSettled] = useState<{ of: typeof load; result: Load<T> }>()
  const [round, setRound] = useState(0)

  useEffect(() => {
    const aborter = new AbortController()
    const settle = (result: Load<T>) => {
      if (!aborter.signal.aborted) setSettled({ of: load, result })
    }
    load(aborter.signal, size).then(
      value => settle({ state: 'ready', value }),
      (error: unknown) => settle({ state: 'failed', error }),
    )
    return () => aborter.abort()
  }, [load, size, round])

  const reload = useCallback(() => setRound(count => count + 1), [])
  return { result: settled?.of === load ? settled.result : { state: 'loading' }, reload }
}
