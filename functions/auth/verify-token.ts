import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import * as v from 'valibot'
import { id } from '../../protocol/schemas/http.ts'

/** Whose token it is, and until when. */
export interface Verified {
  user: string
  /** Ms since 1970. */
  tokenExpiresAt: number
}

/** The token is not one that this system takes. `message` says why, for the log of whoever runs it; it never holds the token. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError'
}

/** RSA signatures only, as the JWT authorizer of the HTTP API takes them: what is welcome there is welcome here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512']
/** API Gateway gives an issuer 1,500 ms to answer. */
const ISSUER_TIMEOUT_MS = 1_500

/**
 * Verifies access tokens of one issuer, by the rules of the HTTP API's JWT authorizer: signature, `iss`, `aud` (or
 * `client_id` where there is no `aud`), `exp`, `nbf`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class TokenVerifier {
  readonly #issuer: string
  readonly #audience: readonly string[]
  #keys: JWTVerifyGetKey | undefined

  /** @param keys where they come from instead of the issuer's own address, for tests */
  constructor(issuer: string, audience: readonly string[], keys?: JWTVerifyGetKey) {
    this.#issuer = issuer
    this.#audience = audience
    this.#keys = keys
  }

  /** @throws InvalidTokenError; any other error means that the issuer could not be asked for its keys */
  async verify(token: string): Promise<Verified> {
    this.#keys ??= await discoverKeys(this.#issuer)
    const payload = await this.#payloadOf(token, this.#keys)
    if (!this.#isForUs(payload)) throw new InvalidTokenError('audience')
    if (!v.is(id, payload.sub)) throw new InvalidTokenError('sub is not an id')
    return { user: payload.sub, tokenExpiresAt: Number(payload.exp) * 1000 }
  }

  async #payloadOf(token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: this.#issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
      })
      return payload
    } catch (error) {
      // The issuer did not answer, or not in time: that says nothing about the token.
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error
      throw new InvalidTokenError(error.code)
    }
  }

  #isForUs({ aud, client_id: client }: JWTPayload): boolean {
    const named = aud === undefined ? [client] : [aud].flat()
    return named.some(name => typeof name === 'string' && this.#audience.includes(name))
  }
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(address, { signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`the issuer answered ${answer.status} to ${address}`)
  const { jwks_uri: keys } = v.parse(v.object({ jwks_uri: v.pipe(v.string(), v.url()) }), await answer.json())
  return createRemoteJWKSet(new URL(keys), { timeoutDuration: ISSUER_TIMEOUT_MS })
}
