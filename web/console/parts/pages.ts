import { useCallback, useState } from 'react'
import { useLoad, type Load } from './load.ts'

export interface ListPage<Item> {
  items: Item[]
  cursor: string | null
}

export interface Pages<Item> {
  result: Load<{ items: Item[]; hasMore: boolean }>
  /** Fetches the next page; the pages before it are fetched again, so that the list is of one moment. */
  more: () => void
  reload: () => void
}

/** Pages at most that one list shows. */
const MAX_PAGES = 50

/** A list that comes page by page. Memoize `fetchPage`. */
export function usePages<Item>(
  fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<ListPage<Item>>,
): Pages<Item> {
  const [pages, setPages] = useState(1)
  const load = useCallback(
    async (signal: AbortSignal, size: number) => {
      const items: Item[] = []
      let cursor: string | null = null
      for (let page = 0; page < size; page += 1) {
        const answer: ListPage<Item> = await fetchPage(cursor, signal)
        items.push(...answer.items)
        cursor = answer.cursor
        if (cursor === null) break
      }
      return { items, hasMore: cursor !== null && size < MAX_PAGES }
    },
    [fetchPage],
  )
  const { result, reload } = useLoad(load, pages)
  return { result, reload, more: () => setPages(count => count + 1) }
}
