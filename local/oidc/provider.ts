import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { Provider, errors, type Client, type Configuration } from 'oidc-provider'
import { memoryAdapter } from './memory-adapter.ts'
import { loginPage, readForm } from './login-page.ts'

export interface OidcClient {
  clientId: string
  clientSecret?: string
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  grants: ('authorization_code' | 'refresh_token' | 'client_credentials')[]
  scopes: string[]
}

export interface OidcOptions {
  /** Its address, with the path that it is mounted at. */
  issuer: string
  clients: OidcClient[]
  /** Scopes besides `openid` and `profile`. */
  scopes: string[]
  /** User names that the sign-in page offers. Any other works as well. */
  accounts: string[]
  /** Origins of pages that may ask for tokens. */
  origins: string[]
  /** The private key that tokens are signed with; one is made where none is given. */
  signingKey?: JWK
}

/** Tokens for the command line and tests, without a browser. Only the local run has this grant. */
export const LOCAL_GRANT = 'urn:grantwire:local'
const USER_NAME = /^[A-Za-z0-9._@|:=+-]{1,128}$/
const TOKEN_SECONDS = 3_600
/** Access tokens are JWTs in Cognito's form, with `client_id`, `token_use` and `username`. */
const RESOURCE = 'urn:grantwire'

/** A real OpenID provider in the place of the user pool: code with PKCE, refresh tokens, client credentials. */
export async function createOidcProvider(options: OidcOptions): Promise<RequestListener> {
  const { issuer, scopes, accounts, origins } = options
  const provider = new Provider(issuer, await configuration(options))
  provider.proxy = false
  registerLocalGrant(provider, scopes)
  provider.on('server_error', (_, error) => console.error('sign-in failed', error))

  const mount = new URL(issuer).pathname.replace(/\/$/, '')
  const callback = provider.callback()

  const interaction = async (
    req: Parameters<RequestListener>[0],
    res: Parameters<RequestListener>[1],
  ): Promise<void> => {
    const details = await provider.interactionDetails(req, res)
    const signIn = async (accountId: string): Promise<void> => {
      await forgetOther(provider, details, accountId)
      await provider.interactionFinished(req, res, { login: { accountId } }, { mergeWithLastSubmission: false })
    }
    if (req.method === 'POST') {
      const name = (await readForm(req)).get('account') ?? ''
      if (USER_NAME.test(name)) return signIn(name)
    }
    const hint = details.params['login_hint']
    // Whoever is named beforehand is not asked: `/demo` signs in four people by one click.
    if (req.method !== 'POST' && typeof hint === 'string' && accounts.includes(hint)) return signIn(hint)
    res.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
    })
    res.end(loginPage(accounts, typeof hint === 'string' ? hint : undefined, req.method === 'POST'))
  }

  return (req, res) => {
    const path = req.url ?? '/'
    if (!path.startsWith(mount)) {
      res.writeHead(404).end()
      return
    }
    req.url = path.slice(mount.length) || '/'
    ;(req as { originalUrl?: string }).originalUrl = path
    if (req.url.startsWith('/interaction/'))
      interaction(req, res).catch((error: unknown) => {
        const text =
          error instanceof errors.SessionNotFound ? 'This sign-in has ended. Go back and begin again.' : String(error)
        res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
      })
    else void callback(req, res)
  }

  async function configuration({ clients, signingKey }: OidcOptions): Promise<Configuration> {
    const key = signingKey ?? (await makeKey())
    return {
      adapter: memoryAdapter(),
      jwks: { keys: [key] as never },
      cookies: { keys: [randomBytes(32).toString('hex')] },
      scopes: ['openid', 'profile', 'offline_access', ...scopes],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'username'] },
      conformIdTokenClaims: false,
      clients: clients.map(client => ({
        client_id: client.clientId,
        ...(client.clientSecret === undefined ? {} : { client_secret: client.clientSecret }),
        token_endpoint_auth_method: client.clientSecret === undefined ? 'none' : 'client_secret_basic',
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris,
        grant_types: [...client.grants, LOCAL_GRANT],
        response_types: client.grants.includes('authorization_code') ? ['code'] : [],
        scope: client.scopes.join(' '),
      })),
      clientBasedCORS: (_, origin) => origins.includes(origin),
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: id, username: id, preferred_username: id }),
      }),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
        rpInitiatedLogout: { enabled: true, logoutSource: autoSubmit },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => RESOURCE,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: ['openid', 'profile', 'offline_access', ...scopes].join(' '),
            audience: RESOURCE,
            accessTokenTTL: TOKEN_SECONDS,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      formats: {
        customizers: {
          jwt(_, __, { payload }) {
            const sub = payload.sub ?? payload['client_id']
            // The provider insists on an audience; the client's id is what API Gateway would look at in a token without one.
            Object.assign(payload, { sub, aud: payload['client_id'], token_use: 'access', username: sub })
          },
        },
      },
      issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
      interactions: { url: (_, { uid }) => `${mountOf(issuer)}/interaction/${uid}` },
      // The clients are the stack's own: nobody is asked whether they may.
      async loadExistingGrant(ctx) {
        const { client, session } = ctx.oidc
        const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId })
        grant.addOIDCScope('openid profile offline_access')
        grant.addResourceScope(RESOURCE, ['openid', 'profile', 'offline_access'].join(' '))
        await grant.save()
        return grant
      },
      ttl: {
        AccessToken: TOKEN_SECONDS,
        IdToken: TOKEN_SECONDS,
        Interaction: 3_600,
        Session: 86_400,
        Grant: 86_400,
        ClientCredentials: TOKEN_SECONDS,
        RefreshToken: 7 * 86_400,
      },
      pkce: { required: () => true },
      renderError(ctx, out) {
        ctx.type = 'text'
        ctx.body = `${out.error}: ${out.error_description ?? ''}`
      },
    }
  }
}

/**
 * Lets one browser hold several people, each in a window of their own, as the demo does: the provider would sign the one
 * out, and take their tokens, when the next one signs in.
 */
async function forgetOther(provider: Provider, interaction: Interaction, name: string): Promise<void> {
  const session = interaction.session && (await provider.Session.findByUid(interaction.session.uid))
  if (session === undefined || session.accountId === name) return
  delete session.accountId
  await session.persist()
  delete interaction.session
  await interaction.persist()
}
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') }
}

const mountOf = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '')

/** Signing out asks nothing: whoever pressed the button meant it. */
function autoSubmit(ctx: { body: unknown; type: string }, form: string): void {
  ctx.type = 'html'
  ctx.body = `<!doctype html><meta charset="utf-8"><title>Signing out</title>${form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>')}<script>document.forms[0].submit()</script>`
}

function registerLocalGrant(provider: Provider, scopes: readonly string[]): void {
  provider.registerGrantType(
    LOCAL_GRANT,
    async ctx => {
      // The provider has authenticated the client and read the parameters before it calls a grant.
      const { client, params } = ctx.oidc as unknown as { client: Client; params: Record<string, unknown> }
      const isService = params['service'] === 'true'
      const username = typeof params['username'] === 'string' ? params['username'] : ''
      const seconds = Number(params['expires_in'] ?? TOKEN_SECONDS)
      if (!isService && !USER_NAME.test(username)) throw new errors.InvalidRequest('username has the wrong form')
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400)
        throw new errors.InvalidRequest('expires_in must be 1 to 86400')
      const accountId = isService ? 'service' : username
      const grant = new provider.Grant({ clientId: client.clientId, accountId })
      const scope = isService ? scopes.join(' ') : 'openid profile'
      grant.addResourceScope(RESOURCE, scope)
      const token = new provider.AccessToken({
        accountId,
        client,
        clientId: client.clientId,
        grantId: await grant.save(),
        gty: LOCAL_GRANT,
        scope,
        expiresIn: seconds,
      })
      token.resourceServer = new provider.ResourceServer(RESOURCE, {
        scope,
        audience: RESOURCE,
        accessTokenTTL: seconds,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      })
      ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: seconds, scope }
    },
    ['username', 'service', 'expires_in'],
  )
}
