import { useEffect } from 'react'
import { LEAVING, type Leaving } from '../router.tsx'

/** Asks before work is lost: when the window closes, and when a link leads out of `home`. */
export function useLeaveGuard(active: boolean, home: string): void {
  useEffect(() => {
    if (!active) return
    const closing = (event: BeforeUnloadEvent) => event.preventDefault()
    const leaving = (event: Event) => {
      const { detail } = event as Leaving
      if (!detail.startsWith(home) && !confirm('Leave without saving your changes?')) event.preventDefault()
    }
    addEventListener('beforeunload', closing)
    addEventListener(LEAVING, leaving)
    return () => {
      removeEventListener('beforeunload', closing)
      removeEventListener(LEAVING, leaving)
    }
  }, [active, home])
}
