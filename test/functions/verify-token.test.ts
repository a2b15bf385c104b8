import { createLocalJWKSet, type JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import { InvalidTokenError, TokenVerifier } from '../../functions/auth/verify-token.ts'
import { AUDIENCE, inSeconds, makeKeys, signWith, startIssuer } from './issuer.ts'

const ISSUER = 'https://login.example.com'
const keys = await makeKeys()
const verifier = new TokenVerifier(ISSUER, [AUDIENCE, 'another'], createLocalJWKSet(keys.set))

const exp = inSeconds(3_600)
const claims = (more: JWTPayload = {}): JWTPayload => ({ iss: ISSUER, sub: 'bob', aud: AUDIENCE, exp, ...more })

/** Claims of a good token without some of them. */
function without(...names: string[]): JWTPayload {
  return Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)))
}

const refusal = async (token: string): Promise<string> => {
  const error: unknown = await verifier.verify(token).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InvalidTokenError)
  expect((error as Error).message).not.toContain(token.split('.')[1])
  return (error as Error).message
}

test('a token of the issuer names its user and its end', async () => {
  expect(await verifier.verify(await keys.sign(claims()))).toEqual({ user: 'bob', tokenExpiresAt: exp * 1000 })
})

test.each([
  ['one of several', claims({ aud: ['somebody-else', 'another'] })],
  ['the client_id, where there is no aud', { ...without('aud'), client_id: AUDIENCE }],
])('the audience may be %s', async (_, payload) => {
  expect(await verifier.verify(await keys.sign(payload))).toMatchObject({ user: 'bob' })
})

test.each([
  ['is somebody else', { aud: 'somebody-else' }],
  ['is nobody', { aud: [] }],
  ['is somebody else, though client_id is ours', { aud: 'somebody-else', client_id: AUDIENCE }],
  ['begins like ours', { aud: `${AUDIENCE}-2` }],
])('a token is refused whose audience %s', async (_, more) => {
  expect(await refusal(await keys.sign(claims(more)))).toBe('audience')
})

test('a token is refused that names neither audience nor client', async () => {
  expect(await refusal(await keys.sign(without('aud')))).toBe('audience')
})

test.each([
  ['has expired', { exp: inSeconds(-1) }, 'ERR_JWT_EXPIRED'],
  ['is of another issuer', { iss: 'https://evil.example.com' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['is of an issuer that begins like ours', { iss: `${ISSUER}.evil.example.com` }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['is not valid yet', { nbf: inSeconds(60) }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ['names a user that cannot be an id', { sub: 'a/b' }, 'sub is not an id'],
])('a token is refused that %s', async (_, more, reason) => {
  expect(await refusal(await keys.sign(claims(more)))).toBe(reason)
})

test.each(['sub', 'exp', 'iss'])('a token is refused that has no %s', async name => {
  expect(await refusal(await keys.sign(without(name)))).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED')
})

test('a token that nobody signed is refused', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  expect(await refusal(`${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`)).toBe('ERR_JOSE_ALG_NOT_ALLOWED')
})

test('the public key does not serve as a shared secret', async () => {
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' })
  const token = await signWith(Buffer.from(pem), claims(), 'HS256')
  expect(await refusal(token)).toBe('ERR_JOSE_ALG_NOT_ALLOWED')
})

test('a token signed with another key is refused, whatever key it names', async () => {
  const other = await makeKeys()
  expect(await refusal(await other.sign(claims()))).toBe('ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
  expect(await refusal(await other.sign(claims(), { kid: 'key-2' }))).toBe('ERR_JWKS_NO_MATCHING_KEY')
})

test('a token whose claims were changed is refused', async () => {
  const [header, , signature] = (await keys.sign(claims())).split('.')
  const changed = Buffer.from(JSON.stringify(claims({ sub: 'alice' }))).toString('base64url')
  expect(await refusal(`${header}.${changed}.${signature}`)).toBe('ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
})

test.each(['', 'x', 'a.b.c', 'eyJhbGciOiJSUzI1NiJ9..'])('%j is no token', async token => {
  await expect(verifier.verify(token)).rejects.toBeInstanceOf(InvalidTokenError)
})

test('the keys are those that the issuer publishes, asked for once', async () => {
  const { issuer, asked, close } = await startIssuer(keys)
  const remote = new TokenVerifier(issuer, [AUDIENCE])
  const token = await keys.sign(claims({ iss: issuer }))
  expect(await remote.verify(token)).toMatchObject({ user: 'bob' })
  expect(await remote.verify(token)).toMatchObject({ user: 'bob' })
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  await close()
})

test('an issuer that is away says nothing about the token, and is asked again', async () => {
  const { issuer, close } = await startIssuer(keys)
  await close()
  const remote = new TokenVerifier(issuer, [AUDIENCE])
  const token = await keys.sign(claims({ iss: issuer }))
  for (const _ of [1, 2]) {
    const error: unknown = await remote.verify(token).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(InvalidTokenError)
  }
})
