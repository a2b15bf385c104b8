import type { JWK } from 'jose'
import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { LocalOrigins } from '../template/addresses.ts'
import type { StackTemplate } from '../template/stack-template.ts'
import { createOidcProvider, type OidcClient } from './provider.ts'

const GRANTS = { code: ['authorization_code', 'refresh_token'], client_credentials: ['client_credentials'] } as const

/** The Cognito user pool of the template as an OpenID provider, with the pool's clients and scopes. */
export async function createUserPool(
  template: StackTemplate,
  origins: LocalOrigins,
  { accounts = [], signingKey }: { accounts?: string[]; signingKey?: JWK },
): Promise<{ issuer: string; listener: RequestListener }> {
  const [pool] = template.ofType('AWS::Cognito::UserPool')
  if (pool === undefined)
    throw new Error(
      'The template has no user pool. Synthesize it without an issuer: the local run brings its own sign-in.',
    )
  const issuer = `${origins.signIn}/${template.ref(pool.logicalId)}`
  const scopes = template.ofType('AWS::Cognito::UserPoolResourceServer').flatMap(({ properties }) => {
    const names = (properties['Scopes'] ?? []) as { ScopeName: string }[]
    return names.map(({ ScopeName }) => `${String(properties['Identifier'])}/${ScopeName}`)
  })
  const clients = template.ofType('AWS::Cognito::UserPoolClient').map(({ logicalId, properties }): OidcClient => {
    const flows = (properties['AllowedOAuthFlows'] ?? []) as (keyof typeof GRANTS)[]
    const texts = (name: string): string[] => (properties[name] ?? []) as string[]
    return {
      clientId: template.ref(logicalId),
      ...(properties['GenerateSecret'] === true ? { clientSecret: randomBytes(24).toString('base64url') } : {}),
      redirectUris: texts('CallbackURLs'),
      postLogoutRedirectUris: texts('LogoutURLs'),
      grants: flows.flatMap(flow => [...GRANTS[flow]]),
      scopes: texts('AllowedOAuthScopes'),
    }
  })
  const listener = await createOidcProvider({
    issuer,
    clients,
    scopes,
    accounts,
    origins: [origins.console],
    ...(signingKey === undefined ? {} : { signingKey }),
  })
  return { issuer, listener }
}
