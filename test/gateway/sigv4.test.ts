import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256, Signer } from '../../functions/gateway/sigv4.ts'

const word = fc.stringMatching(/^[A-Za-z0-9+/=]{8,60}$/)
const connectionId = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{11}=$/),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(text => !['.', '..'].includes(text)),
)

test('signatures equal those of the SDK’s own signer', async () => {
  await fc.assert(
    fc.asyncProperty(
      connectionId,
      fc.constantFrom('us-east-1', 'eu-central-2', 'ap-southeast-7'),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      word,
      word,
      fc.option(word, { nil: undefined }),
      fc.string(),
      async (id, region, date, accessKeyId, secretAccessKey, sessionToken, body) => {
        const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
        const host = `abc123.execute-api.${region}.amazonaws.com`
        const path = `/prod/@connections/${encodeURIComponent(id)}`
        const theirs = await new SignatureV4({
          service: 'execute-api',
          region,
          credentials,
          sha256: Sha256,
          applyChecksum: false,
        }).sign(
          { method: 'POST', protocol: 'https:', hostname: host, path, headers: { host }, body },
          { signingDate: date },
        )
        const ours = new Signer(region, 'execute-api').sign(
          { method: 'POST', host, path, payloadHash: sha256(body) },
          credentials,
          date.getTime(),
        )
        expect({ host, ...ours }).toEqual(theirs.headers)
      },
    ),
    { numRuns: 300 },
  )
})

test('whatever of the last signature no longer holds is made anew: a key, a token, a host, a second, a day', () => {
  const noon = Date.UTC(2026, 0, 1, 12)
  const first = { host: 'h', at: noon, accessKeyId: 'AKID', secretAccessKey: 'one', sessionToken: 'token' }
  const kept = new Signer('us-east-1', 'execute-api')
  for (const changed of [
    {},
    { secretAccessKey: 'two' },
    { accessKeyId: 'other' },
    { sessionToken: 'other' },
    { host: 'other' },
    { at: noon + 1_000 },
    { at: noon + 86_400_000 },
  ]) {
    const { host, at, ...credentials } = { ...first, ...changed }
    const request = { method: 'POST', host, path: '/p', payloadHash: sha256('') } as const
    kept.sign({ ...request, host: first.host }, first, first.at)
    expect(kept.sign(request, credentials, at)).toEqual(
      new Signer('us-east-1', 'execute-api').sign(request, credentials, at),
    )
  }
})
