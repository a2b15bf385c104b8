import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { BEARER_PREFIX, SUBPROTOCOL } from '../protocol/limits.ts'
import { InvalidTokenError } from './auth/verify-token.ts'
import { openVerifier } from './auth/open.ts'
import { environment } from './core/environment.ts'

const verifier = openVerifier()
const origins = environment('ALLOWED_ORIGINS').split(',')

/**
 * The authorizer of `$connect`. The token comes as the subprotocol `bearer.<JWT>`: a browser can set no header on a WebSocket,
 * and a query string ends up in logs.
 *
 * A bad token answers 401 (API Gateway wants exactly this error for it), a page from a foreign origin 403.
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const header = (name: string): string | undefined =>
    Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map(part => part.trim())
  const bearer = offered.find(part => part.startsWith(BEARER_PREFIX))
  if (bearer === undefined || !offered.includes(SUBPROTOCOL)) throw new Error('Unauthorized')

  // Only browsers send an origin, and none lets a page forge it.
  const origin = header('origin')
  if (origin !== undefined && !origins.includes(origin)) return answer('Deny', 'foreign-origin', event.methodArn)
  try {
    const { user, tokenExpiresAt } = await verifier.verify(bearer.slice(BEARER_PREFIX.length))
    return { ...answer('Allow', user, event.methodArn), context: { user, tokenExpiresAt } }
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error
    console.info('token refused', { reason: error.message })
    throw new Error('Unauthorized', { cause: error })
  }
}

const answer = (effect: 'Allow' | 'Deny', principalId: string, resource: string): APIGatewayAuthorizerResult => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
  },
})
