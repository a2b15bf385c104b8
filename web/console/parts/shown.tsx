import type { ReactNode } from 'react'
import { Failure, Loading } from './notice.tsx'
import type { Load } from './load.ts'

/** Shows what was fetched, or how the fetching goes. */
export function Shown<T>({
  what,
  result,
  reload,
  children,
}: {
  what: string
  result: Load<T>
  reload: () => void
  children: (value: T) => ReactNode
}) {
  if (result.state === 'loading') return <Loading what={what} />
  if (result.state === 'failed') return <Failure error={result.error} retry={reload} />
  return children(result.value)
}
