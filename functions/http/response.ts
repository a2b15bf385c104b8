import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { ERRORS, type Problem } from '../../protocol/codes.ts'
import { GrantwireError } from '../core/errors.ts'
import { etagOf } from './etag.ts'

export type HttpResponse = APIGatewayProxyStructuredResultV2

/** A JSON answer. Nothing of this API may be kept by a cache that others read. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache', ...headers },
  body: JSON.stringify(body),
})

export const noContent: HttpResponse = { statusCode: 204 }

/** The answer to a conditional GET whose version is still the current one. */
export const notModified = (etag: string): HttpResponse => ({
  statusCode: 304,
  headers: { etag, 'cache-control': 'private, no-cache' },
})

/** Problem details (RFC 9457). */
export function problem({ code, message, errors, version }: GrantwireError): HttpResponse {
  const { status, title } = ERRORS[code]
  const body: Problem = {
    type: `https://grantwire.dev/problems/${code}`,
    title,
    status,
    code,
    detail: message,
    ...(errors === undefined ? {} : { errors }),
  }
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(version === undefined ? {} : { etag: etagOf(version) }),
    },
    body: JSON.stringify(body),
  }
}
