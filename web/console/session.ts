import { UnauthorizedError } from '@grantwire/client'
import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts'
import { cognitoSignOut } from './cognito.ts'
import type { Config } from './config.ts'
import { FRAMED, type Slot } from './slot.ts'

/** Renew this many seconds before the token expires: longer than any request takes. */
const RENEW_AHEAD_SECONDS = 60

/** A provider that has not answered by then counts as out of reach. */
const REQUEST_SECONDS = 10

/** Marks, at the end of `state`, the answer to a window that a frame has opened. */
const POPUP = 'popup'

/** Who is signed in, and how to get a token that still holds. */
export interface Session {
  readonly slot: Slot
  /** The account's name, or undefined where nobody is signed in. */
  readonly name: string | undefined
  /** Calls `listener` after each sign-in and sign-out, also in other tabs; returns its own unsubscribe. */
  readonly subscribe: (listener: () => void) => () => void
  /** An access token with at least a minute to live. Throws `UnauthorizedError` where only the person can help. */
  getToken(): Promise<string>
  /**
   * Leaves the page for the provider, to come back to `returnTo`. Inside of a frame a window opens instead, since providers
   * do not let themselves be framed.
   */
  signIn(returnTo: string): Promise<void>
  /** Takes the answer of the provider; resolves with the path to go on to, or undefined in a window that is done. */
  finishSignIn(): Promise<string | undefined>
  /** Ends the session here in any case, and at the provider; throws where that one cannot be reached. */
  signOut(): Promise<void>
  /** Forgets who was signed in, where the server has ended it. */
  forget(): Promise<void>
}

/** Opens the session of a slot from what the browser has stored. */
export async function openSession(config: Config, slot: Slot): Promise<Session> {
  const prefix = `grantwire.${slot ?? ''}.`
  const manager = new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: `${location.origin}/callback`,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: config.scope,
    userStore: new WebStorageStateStore({ store: localStorage, prefix }),
    // A sign-in that is under way belongs to its window and dies with it.
    stateStore: new WebStorageStateStore({ store: sessionStorage, prefix: 'grantwire.oidc.' }),
    // getToken renews when a token is needed: no timer, so a sleeping laptop cannot miss it.
    automaticSilentRenew: false,
    monitorSession: false,
    requestTimeoutInSeconds: REQUEST_SECONDS,
  })

  let user = await manager.getUser()
  const listeners = new Set<() => void>()
  const settle = (next: User | null) => {
    user = next
    for (const listener of listeners) listener()
  }
  addEventListener('storage', event => {
    if (event.key?.startsWith(`${prefix}user:`) === true) void manager.getUser().then(settle)
  })

  const forget = async () => {
    await manager.removeUser()
    settle(null)
  }

  return {
    slot,
    forget,
    get name() {
      return user === null ? undefined : nameOf(user)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async getToken() {
      if (user === null) throw new UnauthorizedError('Nobody is signed in')
      if ((user.expires_in ?? 0) > RENEW_AHEAD_SECONDS) return user.access_token
      // A refresh token may be used once only, and the tabs share it: one renews, the others take what it got.
      return navigator.locks.request(`${prefix}renew`, async () => {
        const stored = await manager.getUser()
        if (stored !== null && (stored.expires_in ?? 0) > RENEW_AHEAD_SECONDS) {
          user = stored
          return stored.access_token
        }
        user = await renew(manager, stored)
        if (user === null) {
          await forget()
          throw new UnauthorizedError('The session has ended')
        }
        return user.access_token
      })
    },
    async signIn(returnTo) {
      const prompt = [slot !== undefined && 'login', /\boffline_access\b/.test(config.scope) && 'consent']
      const request = {
        ...(slot === undefined ? {} : { url_state: slot, login_hint: slot }),
        // Offline access needs consent (OpenID Connect Core, 11); a slot must not take the account of another one.
        ...(prompt.some(Boolean) ? { prompt: prompt.filter(Boolean).join(' ') } : {}),
      }
      if (!FRAMED) return manager.signinRedirect({ ...request, state: returnTo })
      settle(await manager.signinPopup({ ...request, url_state: `${slot ?? ''};${POPUP}` }))
    },
    async finishSignIn() {
      const purpose = new URLSearchParams(location.search).get('state')?.split(';')[2]
      if (purpose === POPUP) {
        await manager.signinPopupCallback()
        return undefined
      }
      const signedIn = await manager.signinRedirectCallback()
      settle(signedIn)
      return typeof signedIn.state === 'string' ? signedIn.state : '/'
    },
    async signOut() {
      try {
        // The refresh token would outlive the sign-out. Where it cannot be taken back now, it is still forgotten here.
        await manager.revokeTokens(['refresh_token']).catch(() => undefined)
        if (slot === undefined) await endAtProvider(manager, config)
      } finally {
        await forget()
      }
    },
  }
}

/** Leaves the page to end the provider's own session, too, where the provider says how. */
async function endAtProvider(manager: UserManager, { issuer, clientId }: Config): Promise<void> {
  const endpoint = await manager.metadataService.getEndSessionEndpoint()
  if (endpoint === undefined) return
  const cognito = cognitoSignOut(issuer, endpoint, { clientId, returnTo: `${location.origin}/` })
  if (cognito === undefined) await manager.signoutRedirect()
  else location.assign(cognito)
}

/** A user with a fresh token, or null where the provider refuses. Any other failure (no network) is thrown. */
async function renew(manager: UserManager, user: User | null): Promise<User | null> {
  if (user?.refresh_token === undefined) return null
  try {
    return await manager.signinSilent()
  } catch (error) {
    if (error instanceof Error && error.name === 'ErrorResponse') return null
    throw error
  }
}

const nameOf = ({ profile }: User): string => profile.preferred_username ?? profile.name ?? profile.sub
