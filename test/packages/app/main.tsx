import { connect } from '@grantwire/client'
import { GrantsProvider, useCan, useConnection, useGrantsEvent, useSettings } from '@grantwire/react'
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

declare module '@grantwire/client' {
  interface CustomEvents {
    MaintenanceSoon: { minutes: number }
  }
}

const { webSocketUrl = '', httpUrl = '', token = '' } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
const grants = connect({ webSocketUrl, httpUrl, getToken: () => token })

function App() {
  const [minutes, setMinutes] = useState<number>()
  useGrantsEvent('MaintenanceSoon', data => setMinutes(data.minutes))
  return (
    <>
      <p>{useConnection().state}</p>
      <button disabled={!useCan('invoice.approve')}>Approve</button>
      <pre>{JSON.stringify(useSettings('group:eng'))}</pre>
      {minutes !== undefined && <p>Maintenance in {minutes} minutes</p>}
    </>
  )
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <GrantsProvider grants={grants}>
      <App />
    </GrantsProvider>
  </StrictMode>,
)
