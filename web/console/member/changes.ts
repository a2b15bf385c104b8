import { useGrantsEvent } from '@grantwire/react'
import { useState } from 'react'
import type { JsonValue } from '../../../protocol/documents.ts'

/** Something that happened while this page was open. */
export interface Happened {
  id: string
  at: string
  what:
    | { kind: 'settings'; subject: string; version: number; by: string; keys: { key: string; value?: JsonValue }[] }
    | { kind: 'membership'; group: string; role: string | null }
    | { kind: 'event'; name: string; by: string; data: JsonValue }
}

/** The custom event that this page listens to; the console's form to send one begins with it. */
export const EXAMPLE_EVENT = 'MaintenanceSoon'

/** Entries that the feed keeps. */
const KEPT = 20

/** What happened lately, newest first. */
export function useChanges(): Happened[] {
  const [happened, setHappened] = useState<Happened[]>([])
  const add = (entry: Happened) => setHappened(list => [entry, ...list].slice(0, KEPT))

  useGrantsEvent('UserUpdated', ({ id, subject, version, settings, change = {}, updatedBy, updatedAt }) => {
    const keys = Object.keys(change).map(key => {
      const value = settings[key]
      return value === undefined ? { key } : { key, value }
    })
    add({ id, at: updatedAt, what: { kind: 'settings', subject, version, by: updatedBy, keys } })
  })
  useGrantsEvent('MembershipChanged', ({ group, role }) => {
    add({ id: crypto.randomUUID(), at: new Date().toISOString(), what: { kind: 'membership', group, role } })
  })
  useGrantsEvent(EXAMPLE_EVENT, (data, { id, sentBy, sentAt }) => {
    add({ id, at: sentAt, what: { kind: 'event', name: EXAMPLE_EVENT, by: sentBy, data } })
  })
  return happened
}
