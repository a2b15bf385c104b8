import { LOCAL_GRANT } from './oidc/provider.ts'

export interface TokenRequest {
  /** A user name; or the service, whose token has the scope `grantwire/admin`. */
  who: { user: string } | 'service'
  /** Seconds until the token expires: 3,600 where nothing is said. */
  expiresIn?: number
}

/**
 * An access token of the local run's sign-in, without a browser.
 *
 * @param running the addresses of a running stack
 * @throws Error that says why there is none
 */
export async function getToken(
  running: { consoleUrl: string; issuer: string },
  request: TokenRequest,
): Promise<string> {
  const config = (await (await fetch(`${running.consoleUrl}/config.json`)).json()) as { clientId: string }
  const answer = await fetch(`${running.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: LOCAL_GRANT,
      client_id: config.clientId,
      ...(request.who === 'service' ? { service: 'true' } : { username: request.who.user }),
      ...(request.expiresIn === undefined ? {} : { expires_in: String(request.expiresIn) }),
    }),
  })
  const body = (await answer.json()) as { access_token?: string; error_description?: string }
  if (body.access_token === undefined) throw new Error(`No token: ${body.error_description ?? answer.statusText}`)
  return body.access_token
}
