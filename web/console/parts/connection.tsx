import { useConnection } from '@grantwire/react'

const WORDS = {
  connecting: { kind: 'mind', text: 'Connecting' },
  connected: { kind: 'yes', text: 'Live' },
  waiting: { kind: 'no', text: 'Offline, retrying' },
  polling: { kind: 'mind', text: 'Live, with delay' },
  closed: { kind: 'no', text: 'Signed out' },
} as const

/** Whether changes arrive right now. */
export function ConnectionTag() {
  const { state, reason } = useConnection()
  // An attempt after a loss is no news: without this the words would change with every attempt.
  const { kind, text } = WORDS[state === 'connecting' && reason !== 'starting' ? 'waiting' : state]
  return (
    <span role="status" className={`tag ${kind}`}>
      <span className="dot" aria-hidden="true" />
      {text}
    </span>
  )
}
