import { useGrantsEvent } from '@grantwire/react'
import { useCallback, useEffect } from 'react'
import type { PresentMember } from '../../../protocol/documents.ts'
import { usePages, type Pages } from '../parts/pages.ts'
import { useServices } from '../parts/services.ts'

/** Who is online changes without an event, so a visible page asks this often. */
const ASK_MS = 3_000

/** Who is online: asked at once when a version arrives, and every few seconds while somebody looks. */
export function usePresence(group: string): Pages<PresentMember> {
  const { api } = useServices()
  const fetchPage = useCallback(
    async (cursor: string | null, signal: AbortSignal) => {
      const page = await api.presence(group, cursor, signal)
      return { items: page.members, cursor: page.cursor }
    },
    [api, group],
  )
  const pages = usePages(fetchPage)
  const { reload } = pages

  useGrantsEvent('UserUpdated', ({ subject }) => {
    if (subject === `group:${group}`) reload()
  })
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, ASK_MS)
    return () => clearInterval(timer)
  }, [reload])
  return pages
}

/** By name: the server's order is that of its keys, which nobody can follow. */
export const byUser = (a: { user: string }, b: { user: string }): number => a.user.localeCompare(b.user)
