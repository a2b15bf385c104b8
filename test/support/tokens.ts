import { createPublicKey } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose'
import type { LocalStack } from '../../local/stack.ts'

/** The key that a local run's sign-in signs with, so that a test can make any token of it. */
export async function makeSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'of-the-test' }
}

export const BAD_TOKENS = [
  'none',
  'expired',
  'early',
  'issuer',
  'audience',
  'unsigned',
  'hs256',
  'forged',
  'garbage',
] as const
export type BadToken = (typeof BAD_TOKENS)[number]

/** Tokens of a local run whose sign-in signs with `key`. Every one that was made is kept. */
export class Minter {
  readonly made: string[] = []
  readonly #stack: LocalStack
  readonly #key: JWK
  readonly #clientId: string

  private constructor(stack: LocalStack, key: JWK, clientId: string) {
    this.#stack = stack
    this.#key = key
    this.#clientId = clientId
  }

  static async of(stack: LocalStack, key: JWK): Promise<Minter> {
    const config = (await (await fetch(`${stack.consoleUrl}/config.json`)).json()) as { clientId: string }
    return new Minter(stack, key, config.clientId)
  }

  /** A good token, but for these claims. */
  async sign(claims: JWTPayload, key = this.#key): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({
      iss: this.#stack.issuer,
      aud: this.#clientId,
      client_id: this.#clientId,
      iat: now,
      exp: now + 3_600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: String(key.kid) })
      .sign(key)
    return this.#keep(token)
  }

  /** A token that must not be taken, whoever it names; undefined for none. */
  async bad(kind: BadToken, sub: string): Promise<string | undefined> {
    const now = Math.floor(Date.now() / 1000)
    const { clientId, issuer } = { clientId: this.#clientId, issuer: this.#stack.issuer }
    const claims = { iss: issuer, aud: clientId, sub, scope: 'grantwire/admin', iat: now, exp: now + 3_600 }
    switch (kind) {
      case 'none':
        return undefined
      case 'expired':
        return this.sign({ ...claims, exp: now - 1 })
      case 'early':
        return this.sign({ ...claims, nbf: now + 3_600 })
      case 'issuer':
        return this.sign({ ...claims, iss: `${issuer}-2` })
      case 'audience':
        return this.sign({ ...claims, aud: 'somebody-else' })
      case 'unsigned':
        return this.#keep(`${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`)
      case 'hs256': {
        const pem = createPublicKey({ key: publicPart(this.#key), format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        })
        const secret = new TextEncoder().encode(pem.toString())
        const header = { alg: 'HS256', kid: String(this.#key.kid) }
        return this.#keep(await new SignJWT(claims).setProtectedHeader(header).sign(secret))
      }
      case 'forged':
        return this.sign(claims, { ...(await makeSigningKey()), kid: String(this.#key.kid) })
      case 'garbage':
        return this.#keep(`garbage-${'x'.repeat(40)}`)
    }
  }

  #keep(token: string): string {
    this.made.push(token)
    return token
  }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const publicPart = ({ kty, n, e }: JWK): JWK => ({ kty: kty!, n: n!, e: e! })
