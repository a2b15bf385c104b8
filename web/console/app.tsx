import { lazy, Suspense, useSyncExternalStore } from 'react'
import type { Config } from './config.ts'
import { HomePage } from './home/home.tsx'
import { SignInPage } from './home/sign-in.tsx'
import { MemberPage } from './member/member.tsx'
import { Boundary } from './parts/boundary.tsx'
import { Loading } from './parts/notice.tsx'
import { Title } from './parts/title.tsx'
import { Link, routeOf, usePath, type Route } from './router.tsx'
import type { Session } from './session.ts'
import { Shell } from './shell.tsx'
import { SignedIn } from './signed-in.tsx'

// Members never open these, so they do not load them; who opens one does not wait for the session to have it loaded.
const ELSEWHERE = { admin: () => import('./admin/admin.tsx'), demo: () => import('./demo/demo.tsx') }
const AdminPage = lazy(ELSEWHERE.admin)
const DemoPage = lazy(ELSEWHERE.demo)

/** Begins to load what this path shows. A failure is told where the page is shown. */
export function loadPage(pathname: string): void {
  const { page } = routeOf(pathname)
  if (page === 'admin' || page === 'demo') ELSEWHERE[page]().catch(() => undefined)
}

export function App({ config, session }: { config: Config; session: Session }) {
  const name = useSyncExternalStore(session.subscribe, () => session.name)
  const route = routeOf(usePath())

  if (route.page === 'demo')
    return (
      <Shell wide>
        <Boundary>
          <Suspense fallback={<Loading what="the demo" />}>
            <DemoPage config={config} signingIn={route.signingIn} />
          </Suspense>
        </Boundary>
      </Shell>
    )
  if (name === undefined)
    return (
      <Shell>
        <SignInPage session={session} />
      </Shell>
    )
  return (
    <SignedIn key={name} config={config} session={session}>
      <Shell session={session}>
        <Boundary key={route.page}>
          <Suspense fallback={<Loading what="the page" />}>
            <PageOf route={route} />
          </Suspense>
        </Boundary>
      </Shell>
    </SignedIn>
  )
}

function PageOf({ route }: { route: Exclude<Route, { page: 'demo' }> }) {
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'member':
      return <MemberPage />
    case 'admin':
      return <AdminPage key={route.group} group={route.group} tab={route.tab} />
    case 'missing':
      return (
        <>
          <Title text="There is no such page" />
          <p>
            Check the address, or <Link to="/">go to your groups</Link>.
          </p>
        </>
      )
  }
}
