import { useEffect, useRef, useState } from 'react'
import type { Config } from '../config.ts'
import { Failure, Loading } from '../parts/notice.tsx'
import { Title } from '../parts/title.tsx'
import { openSession, type Session } from '../session.ts'
import '../look/demo.css'

const PEOPLE = [
  { user: 'alice', path: '/admin/engineering', title: 'alice, admin of engineering' },
  { user: 'bob', path: '/member', title: 'bob, in engineering' },
  { user: 'carol', path: '/member', title: 'carol, in both groups' },
  { user: 'dana', path: '/member', title: 'dana, in finance' },
] as const

type State =
  | { state: 'looking' }
  | { state: 'ready'; missing: Session[] }
  | { state: 'leaving'; user: string | undefined }
  | { state: 'failed'; error: unknown }

/** An admin and three members in one window, each signed in for themselves. */
export default function DemoPage({ config, signingIn }: { config: Config; signingIn: boolean }) {
  const [state, setState] = useState<State>({ state: 'looking' })

  const signInNext = async ([next]: Session[]) => {
    setState({ state: 'leaving', user: next?.slot })
    await next?.signIn('/demo/sign-in')
  }
  useEffect(() => {
    const look = async () => {
      const sessions = await Promise.all(PEOPLE.map(({ user }) => openSession(config, user)))
      const missing = sessions.filter(({ name }) => name === undefined)
      if (!signingIn) return setState({ state: 'ready', missing })
      if (missing.length > 0) return signInNext(missing)
      // Loaded anew, in no slot: this page has just been the last one's.
      location.replace('/demo')
    }
    look().catch((error: unknown) => setState({ state: 'failed', error }))
  }, [config, signingIn])

  if (state.state === 'looking' || state.state === 'leaving')
    return <Loading what={state.state === 'leaving' ? `the sign-in of ${state.user ?? ''}` : 'the demo'} />
  return (
    <>
      <Title text="Side by side" />
      {state.state === 'failed' && <Failure error={state.error} retry={() => location.assign('/demo')} />}
      {state.state === 'ready' && state.missing.length > 0 && (
        <section className="card">
          <p>An admin and three members in one window, each signed in for themselves.</p>
          <p className="quiet">
            The local run knows these four. Elsewhere, make users and groups of these names first.
          </p>
          <div>
            <button type="button" className="primary" onClick={() => void signInNext(state.missing)}>
              Sign in all four
            </button>
          </div>
        </section>
      )}
      {state.state === 'ready' && state.missing.length === 0 && <Frames />}
    </>
  )
}

function Frames() {
  return (
    <ul className="frames">
      {PEOPLE.map(({ user, path, title }) => (
        <li key={user}>
          <div className="row spread">
            <h2>{title}</h2>
            <a className="small" href={`${path}?as=${user}`} target="_blank" rel="noreferrer">
              Own window<span className="aside"> for {user}</span>
            </a>
          </div>
          <Frame src={`${path}?as=${user}`} title={title} />
        </li>
      ))}
    </ul>
  )
}

/** Loads when it is seen: on a phone four applications at once would keep each other waiting. */
function Frame({ src, title }: { src: string; title: string }) {
  const [isSeen, setSeen] = useState(false)
  const frame = useRef<HTMLIFrameElement>(null)
  useEffect(() => {
    if (frame.current === null) return
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) setSeen(true)
    })
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [])
  return <iframe ref={frame} src={isSeen ? src : undefined} title={title} />
}
