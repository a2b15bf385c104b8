import { useId, useState, type ReactNode } from 'react'
import { ConnectionTag } from './parts/connection.tsx'
import { Failure } from './parts/notice.tsx'
import { ThemeChoice } from './parts/theme.tsx'
import { Link, usePath } from './router.tsx'
import type { Session } from './session.ts'
import { FRAMED } from './slot.ts'

interface Props {
  /** There where somebody is signed in. */
  session?: Session
  /** Takes the whole window. */
  wide?: boolean
  children: ReactNode
}

/** The frame around every page: where one is, who one is, and whether changes arrive. */
export function Shell({ session, wide = false, children }: Props) {
  const [error, setError] = useState<unknown>()
  const signOut = () => void session?.signOut().catch(setError)
  return (
    <>
      <a className="skip" href="#main">
        Go to the content
      </a>
      <header className={FRAMED ? 'bar framed' : 'bar'}>
        {!FRAMED && <Places session={session} />}
        <span className="push" />
        {session !== undefined && <ConnectionTag />}
        {session !== undefined && !FRAMED && <Account name={session.name} signOut={signOut} />}
        {session !== undefined && FRAMED && (
          <button type="button" className="plain" onClick={signOut}>
            Sign out
          </button>
        )}
        {session === undefined && !FRAMED && <ThemeChoice />}
      </header>
      <main id="main" tabIndex={-1} className={wide ? 'page wide' : 'page'}>
        {error !== undefined && <Failure error={error} />}
        {children}
      </main>
    </>
  )
}

function Places({ session }: { session: Session | undefined }) {
  return (
    <>
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" width="24" height="24" />
        Grantwire
      </Link>
      <nav aria-label="Pages">
        {session !== undefined && <PageLink to="/" text="Groups" />}
        {session !== undefined && <PageLink to="/member" text="Member page" />}
        {session?.slot === undefined && <PageLink to="/demo" text="Demo" />}
      </nav>
    </>
  )
}

function PageLink({ to, text }: { to: string; text: string }) {
  const path = usePath()
  return (
    <Link to={to} aria-current={path === to ? 'page' : undefined}>
      {text}
    </Link>
  )
}

/** Who is signed in; opens the choices that are one's own. */
function Account({ name, signOut }: { name: string | undefined; signOut: () => void }) {
  const id = useId()
  return (
    <>
      <button type="button" className="plain" popoverTarget={id} aria-label={`Account of ${name ?? ''}`}>
        {name} <span aria-hidden="true">▾</span>
      </button>
      <div id={id} className="menu" popover="auto">
        <label className="row">
          Theme <ThemeChoice />
        </label>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </div>
    </>
  )
}
