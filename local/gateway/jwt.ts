import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import type { JwtAuthorizer } from './apis.ts'

export type JwtVerdict =
  | { ok: true; claims: Record<string, string>; scopes: string[] | null }
  | { ok: false; status: 401 | 403; description: string }

/** API Gateway waits this long for an issuer. */
const ISSUER_TIMEOUT_MS = 1_500
/** RSA only: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
const ALGORITHMS = ['RS256', 'RS384', 'RS512']

/** The JWT authorizer of an HTTP API, with the keys of its issuers. */
export class JwtVerifier {
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>()

  async verify(
    token: string,
    { issuer, audience }: JwtAuthorizer,
    routeScopes: readonly string[],
  ): Promise<JwtVerdict> {
    let payload: JWTPayload
    try {
      const keys = await this.#keysOf(issuer)
      payload = (await jwtVerify(token, keys, { issuer, algorithms: ALGORITHMS, requiredClaims: ['exp'] })).payload
    } catch (error) {
      return { ok: false, status: 401, description: error instanceof Error ? error.message : 'invalid token' }
    }
    const named = payload.aud === undefined ? [payload['client_id']] : [payload.aud].flat()
    if (!named.some(name => typeof name === 'string' && audience.includes(name)))
      return { ok: false, status: 401, description: 'the token has an invalid audience' }
    const granted = [payload['scope'], payload['scp']]
      .flat()
      .flatMap(scope => (typeof scope === 'string' ? scope.split(' ') : []))
    if (routeScopes.length > 0 && !routeScopes.some(scope => granted.includes(scope)))
      return { ok: false, status: 403, description: 'the token has none of the scopes of the route' }
    return { ok: true, claims: claimsOf(payload), scopes: routeScopes.length > 0 ? granted : null }
  }

  #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer)
    if (known !== undefined) return known
    const keys = discover(issuer)
    this.#keys.set(issuer, keys)
    // An issuer that did not answer is asked again by the next request.
    keys.catch(() => this.#keys.delete(issuer))
    return keys
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const signal = AbortSignal.timeout(ISSUER_TIMEOUT_MS)
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { signal })
  if (!answer.ok) throw new Error(`the issuer answered ${answer.status}`)
  const { jwks_uri: address } = (await answer.json()) as { jwks_uri: string }
  return createRemoteJWKSet(new URL(address), { timeoutDuration: ISSUER_TIMEOUT_MS })
}

/** Claims as Lambdas get them: all text, lists as `[a b]`, null left out, objects as JSON. */
function claimsOf(payload: JWTPayload): Record<string, string> {
  const text = (value: unknown): string =>
    Array.isArray(value) ? `[${value.join(' ')}]` : typeof value === 'string' ? value : JSON.stringify(value)
  return Object.fromEntries(
    Object.entries(payload)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, text(value)]),
  )
}
