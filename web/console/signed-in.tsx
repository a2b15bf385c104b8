import { connect, type Grants } from '@grantwire/client'
import { GrantsProvider } from '@grantwire/react'
import { useEffect, useState, type ReactNode } from 'react'
import { createApi } from './api.ts'
import type { Config } from './config.ts'
import { ServicesContext, type Services } from './parts/services.ts'
import type { Session } from './session.ts'

/** Connects for as long as somebody is signed in, and gives the pages below what they work with. */
export function SignedIn({ config, session, children }: { config: Config; session: Session; children: ReactNode }) {
  const [services, setServices] = useState<Services>()

  useEffect(() => {
    const getToken = () => session.getToken()
    const grants: Grants = connect({ webSocketUrl: config.webSocketUrl, httpUrl: config.httpUrl, getToken })
    const open = { grants, session, api: createApi(config.httpUrl, getToken) }
    grants.on('SignedOut', ({ reconnect }) => {
      if (!reconnect) void session.forget()
    })
    queueMicrotask(() => setServices(open))
    return () => {
      setServices(undefined)
      grants.close()
    }
  }, [config, session])

  if (services === undefined) return null
  return (
    <ServicesContext value={services}>
      <GrantsProvider grants={services.grants}>{children}</GrantsProvider>
    </ServicesContext>
  )
}
