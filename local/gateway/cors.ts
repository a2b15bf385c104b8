import type { IncomingHttpHeaders } from 'node:http'
import type { Cors } from './apis.ts'

type Headers = Record<string, string>

/**
 * The CORS headers that the gateway puts on an answer; those of an integration are ignored.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(cors: Cors | undefined, headers: IncomingHttpHeaders): Headers {
  const { origin } = headers
  if (cors === undefined || origin === undefined) return {}
  const anyOrigin = cors.allowOrigins.includes('*')
  if (!anyOrigin && !cors.allowOrigins.includes(origin)) return {}
  return {
    'access-control-allow-origin': anyOrigin && !cors.allowCredentials ? '*' : origin,
    ...(anyOrigin ? {} : { vary: 'Origin' }),
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.exposeHeaders.length > 0 ? { 'access-control-expose-headers': cors.exposeHeaders.join(',') } : {}),
  }
}

/** Whether the gateway answers this itself: a preflight never reaches a route. */
export const isPreflight = (cors: Cors | undefined, method: string, headers: IncomingHttpHeaders): boolean =>
  cors !== undefined &&
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

/** The answer to a preflight: 204, with nothing in it for an origin that is not allowed. */
export function preflightHeaders(cors: Cors, headers: IncomingHttpHeaders): Headers {
  const base = corsHeaders(cors, headers)
  if (Object.keys(base).length === 0) return {}
  return {
    ...base,
    'access-control-allow-methods': cors.allowMethods.join(','),
    'access-control-allow-headers': cors.allowHeaders.join(','),
    ...(cors.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(cors.maxAgeSeconds) }),
  }
}
