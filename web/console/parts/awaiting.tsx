import { useConnection } from '@grantwire/react'
import { Loading, Notice } from './notice.tsx'

/** Holds the place of what the connection brings, and says so when it does not come up. */
export function Awaiting({ what }: { what: string }) {
  const { state, reason } = useConnection()
  if (state === 'connecting' && reason === 'starting') return <Loading what={what} />
  return (
    <Notice kind="mind" title="No connection yet">
      <p>Check your network. This page goes on by itself as soon as the server answers.</p>
    </Notice>
  )
}
