import { createServer } from 'node:http'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet, type JWTPayload } from 'jose'

export const AUDIENCE = 'grantwire-console'

/** A key pair of an issuer, and tokens signed with it. */
export interface Keys {
  set: JSONWebKeySet
  publicKey: KeyObject
  sign(claims: JWTPayload, options?: { algorithm?: string; kid?: string }): Promise<string>
}

export async function makeKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', use: 'sig' }
  return {
    set: { keys: [jwk] },
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    sign: (claims, { algorithm = 'RS256', kid = 'key-1' } = {}) => signWith(privateKey, claims, algorithm, kid),
  }
}

export const signWith = (
  key: CryptoKey | KeyObject | Uint8Array,
  claims: JWTPayload,
  alg: string,
  kid = 'key-1',
): Promise<string> => new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)

/** Seconds since 1970, this many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

/** An OpenID issuer that serves its discovery document and its keys, and counts who asks for them. */
export async function startIssuer(keys: Keys) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (path === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }))
    else if (path === '/keys') response.end(JSON.stringify(keys.set))
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the issuer does not listen')
  const issuer = `http://127.0.0.1:${address.port}`
  return { issuer, asked, close: () => new Promise(resolve => server.close(resolve)) }
}
