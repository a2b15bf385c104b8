import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { AUDIENCE, inSeconds, makeKeys, startIssuer } from './issuer.ts'

const keys = await makeKeys()
const { issuer, close } = await startIssuer(keys)
vi.stubEnv('ISSUER', issuer)
vi.stubEnv('AUDIENCE', AUDIENCE)
vi.stubEnv('ALLOWED_ORIGINS', 'https://console.example.com,https://app.example.com')
const { handler } = await import('../../functions/authorize.ts')
const log = vi.spyOn(console, 'info').mockReturnValue(undefined)

afterAll(async () => {
  await close()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})
beforeEach(() => log.mockClear())

const METHOD = 'arn:aws:execute-api:eu-west-1:123456789012:api/prod/$connect'
const exp = inSeconds(3_600)
const token = await keys.sign({ iss: issuer, sub: 'bob', aud: AUDIENCE, exp })

const ask = (headers: Record<string, string>) =>
  handler({ type: 'REQUEST', methodArn: METHOD, headers } as APIGatewayRequestAuthorizerEvent)
const offer = (protocols: string, more: Record<string, string> = {}) =>
  ask({ 'Sec-WebSocket-Protocol': protocols, ...more })

const decision = (effect: string, principalId: string) => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: METHOD }],
  },
})

test('a good token opens the connection of its user', async () => {
  expect(await offer(`grantwire.v1, bearer.${token}`)).toEqual({
    ...decision('Allow', 'bob'),
    context: { user: 'bob', tokenExpiresAt: exp * 1000 },
  })
})

test('the subprotocols may come in any order and without spaces, the header in any case', async () => {
  expect(await ask({ 'sec-websocket-protocol': `bearer.${token},grantwire.v1` })).toMatchObject({ principalId: 'bob' })
})

test.each([
  ['no token', 'grantwire.v1'],
  ['no protocol of ours', `bearer.${token}`],
  ['another version of the protocol', `grantwire.v2, bearer.${token}`],
  ['nothing', ''],
])('a browser that offers %s is not authorized', async (_, protocols) => {
  await expect(offer(protocols)).rejects.toThrow(/^Unauthorized$/)
})

test('a bad token is not authorized, and only the reason is logged', async () => {
  const expired = await keys.sign({ iss: issuer, sub: 'bob', aud: AUDIENCE, exp: inSeconds(-1) })
  // API Gateway answers 401 to exactly this message.
  await expect(offer(`grantwire.v1, bearer.${expired}`)).rejects.toThrow(/^Unauthorized$/)
  expect(log).toHaveBeenCalledExactlyOnceWith('token refused', { reason: 'ERR_JWT_EXPIRED' })
})

test.each(['https://console.example.com', 'https://app.example.com'])('a page of %s may connect', async origin => {
  expect(await offer(`grantwire.v1, bearer.${token}`, { Origin: origin })).toMatchObject({ principalId: 'bob' })
})

test.each(['https://evil.example.com', 'https://console.example.com.evil.com', 'null', ''])(
  'a page of "%s" may not, whatever its token',
  async origin => {
    expect(await offer(`grantwire.v1, bearer.${token}`, { Origin: origin })).toEqual(decision('Deny', 'foreign-origin'))
  },
)
