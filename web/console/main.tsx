import { startTransition, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App, loadPage } from './app.tsx'
import { loadConfig } from './config.ts'
import { applyTheme, followTheme } from './parts/theme.tsx'
import { Failure } from './parts/notice.tsx'
import { openSession } from './session.ts'
import { FRAMED, inSlot, slotOf } from './slot.ts'
import './look/tokens.css'
import './look/base.css'
import './look/layout.css'
import './look/controls.css'
import './look/parts.css'

applyTheme()
followTheme()
if (FRAMED) document.documentElement.dataset['framed'] = ''
const element = document.getElementById('root')
if (element === null) throw new Error('index.html has no element with the id root')
const root = createRoot(element)

/** Reads the configuration, takes the answer of a sign-in where there is one, and shows the page. */
async function start(): Promise<void> {
  loadPage(location.pathname)
  const config = await loadConfig()
  const address = new URL(location.href)
  const slot = slotOf(address)
  const session = await openSession(config, slot)
  if (address.pathname === '/callback') {
    const path = await session.finishSignIn()
    if (path === undefined) return
    history.replaceState(null, '', inSlot(path, slot))
  }
  // In slices: whoever looks at a page already must not wait for the whole of it.
  startTransition(() =>
    root.render(
      <StrictMode>
        <App config={config} session={session} />
      </StrictMode>,
    ),
  )
}

start().catch((error: unknown) => {
  root.render(
    <main className="page">
      <h1>Grantwire cannot start</h1>
      <Failure error={error} retry={() => location.assign(inSlot('/', slotOf(new URL(location.href))))} />
    </main>,
  )
})
