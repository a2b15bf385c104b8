import type { Context } from 'aws-lambda'
import type { Problem } from '../../protocol/codes.ts'
import type { HttpEvent } from '../../functions/http/request.ts'
import type { HttpResponse } from '../../functions/http/response.ts'
import { GrantwireError } from '../../functions/core/errors.ts'

export interface EventParts {
  routeKey?: string
  claims?: Record<string, string>
  headers?: Record<string, string>
  path?: Record<string, string>
  query?: Record<string, string>
  body?: string
  base64?: boolean
}

/** An event as the HTTP API hands it over (payload format 2.0), of a signed-in bob unless told. */
export const eventOf = (parts: EventParts = {}): HttpEvent => ({
  version: '2.0',
  routeKey: parts.routeKey ?? 'GET /me',
  rawPath: '/',
  rawQueryString: '',
  headers: { 'content-type': 'application/json', ...parts.headers },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api',
    domainName: 'api.example.com',
    domainPrefix: 'api',
    authorizer: {
      principalId: '',
      integrationLatency: 0,
      jwt: { claims: parts.claims ?? { sub: 'bob' }, scopes: [] },
    },
    http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: 'request-1',
    routeKey: parts.routeKey ?? 'GET /me',
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 1_767_225_600_000,
  },
  isBase64Encoded: parts.base64 ?? false,
  ...(parts.path === undefined ? {} : { pathParameters: parts.path }),
  ...(parts.query === undefined ? {} : { queryStringParameters: parts.query }),
  ...(parts.body === undefined ? {} : { body: parts.body }),
})

/** The part of a Lambda's context that the routes read. */
export const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 10_000 } as Context

/** The GrantwireError that a call throws. */
export function errorOf(call: () => unknown): GrantwireError {
  try {
    call()
  } catch (error) {
    if (error instanceof GrantwireError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

export const problemOf = (response: HttpResponse): Problem => JSON.parse(String(response.body)) as Problem
