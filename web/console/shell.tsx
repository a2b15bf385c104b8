import { useState, type ReactNode } from 'react'
import { ConnectionTag } from './parts/connection.tsx'
import { Failure } from './parts/notice.tsx'
import { ThemeChoice } from './parts/theme.tsx'
import { Link, usePath } from './router.tsx'
import type { Session } from './session.ts'
import type { Slot } from './slot.ts'

interface Props {
  /** There where somebody is signed in. */
  session?: Session
  slot?: Slot
  /** Takes the whole width of the window. */
  wide?: boolean
  children: ReactNode
}

/** The frame around every page: where one is, who one is, and whether changes arrive. */
export function Shell({ session, slot = session?.slot, wide = false, children }: Props) {
  const path = usePath()
  const [error, setError] = useState<unknown>()
  return (
    <>
      <a className="skip" href="#main">
        Go to the content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Grantwire
        </Link>
        <nav aria-label="Pages">
          <PageLink to="/" path={path} text="Groups" />
          <PageLink to="/member" path={path} text="Member page" />
          {slot === undefined && <PageLink to="/demo" path={path} text="Demo" />}
        </nav>
        <span className="push" />
        {session !== undefined && <ConnectionTag />}
        {session !== undefined && <strong>{session.name}</strong>}
        {slot === undefined && <ThemeChoice />}
        {session !== undefined && (
          <button type="button" onClick={() => void session.signOut().catch(setError)}>
            Sign out
          </button>
        )}
      </header>
      <main id="main" tabIndex={-1} className={wide ? 'page wide' : 'page'}>
        {error !== undefined && <Failure error={error} />}
        {children}
      </main>
    </>
  )
}

function PageLink({ to, path, text }: { to: string; path: string; text: string }) {
  return (
    <Link to={to} aria-current={path === to ? 'page' : undefined}>
      {text}
    </Link>
  )
}
