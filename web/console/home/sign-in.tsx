import { useState } from 'react'
import { Failure } from '../parts/notice.tsx'
import { Title } from '../parts/title.tsx'
import { Link } from '../router.tsx'
import type { Session } from '../session.ts'

/** Where nobody is signed in: one button, and back to the page that was asked for. */
export function SignInPage({ session }: { session: Session }) {
  const [state, setState] = useState<{ leaving: boolean; error?: unknown }>({ leaving: false })
  const signIn = () => {
    setState({ leaving: true })
    session.signIn(location.pathname).catch((error: unknown) => setState({ leaving: false, error }))
  }
  return (
    <section className="card welcome">
      <Title text="Sign in">Permissions that change while you look</Title>
      <p className="quiet">
        An admin changes what a group may do; every member’s page follows a moment later, without a reload.
      </p>
      {state.error !== undefined && <Failure error={state.error} />}
      <div className="row">
        <button type="button" className="primary" onClick={signIn} disabled={state.leaving}>
          {state.leaving ? 'One moment…' : session.slot === undefined ? 'Sign in' : `Sign in as ${session.slot}`}
        </button>
        {session.slot === undefined && <Link to="/demo">See it side by side</Link>}
      </div>
    </section>
  )
}
