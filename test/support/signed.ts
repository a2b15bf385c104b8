import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../../local/iam/principals.ts'

interface SignedInit {
  service: string
  method?: string
  headers?: Record<string, string>
  body?: string
  region?: string
  at?: Date
}

/** Sends a request with a signature of the SDK's own signer. */
export async function sendSigned(address: string, credentials: Credentials, init: SignedInit): Promise<Response> {
  const { service, method = 'POST', headers = {}, body = '', region = 'us-east-1', at = new Date() } = init
  const { host, hostname, pathname, searchParams } = new URL(address)
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false })
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...headers },
      body,
    },
    { signingDate: at },
  )
  const { host: _, ...others } = signed.headers
  return fetch(address, { method, headers: others, ...(method === 'GET' ? {} : { body }) })
}

/** A call in the JSON protocol of DynamoDB (`DynamoDB_20120810.Query`) or SQS (`AmazonSQS.SendMessage`). */
export const sendCall = (address: string, credentials: Credentials, target: string, body: object): Promise<Response> =>
  sendSigned(address, credentials, {
    service: target.startsWith('AmazonSQS') ? 'sqs' : 'dynamodb',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  })
