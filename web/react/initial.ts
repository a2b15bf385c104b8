import type { Connection, Grants, Me } from '@grantwire/client'

/** What the hooks read of a client. */
export type Answers = Pick<Grants, 'can' | 'settings' | 'connection' | 'freshness'>

const STARTING: Connection = { state: 'connecting', reason: 'starting' }

/**
 * What a client with this bootstrap answers before it has heard from the server: the settings of the bootstrap, and no
 * permission at all, since it may be outdated. A server renders this, and so does the browser while it hydrates, so both
 * render the same whatever has come in meanwhile.
 */
export function initialAnswers(bootstrap?: Me): Answers {
  const documents = new Map(bootstrap?.documents.map(({ subject, settings }) => [subject, settings]))
  return {
    can: () => false,
    settings: subject => documents.get(subject),
    connection: STARTING,
    freshness: documents.size > 0 ? 'stale' : 'initializing',
  }
}
