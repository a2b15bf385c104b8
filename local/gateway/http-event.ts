import type { IncomingMessage } from 'node:http'
import type { HttpApi } from './apis.ts'
import { newRequestId, requestTime } from './ids.ts'
import type { Match } from './route-match.ts'

export interface HttpEventInput {
  api: HttpApi
  req: IncomingMessage
  match: Match
  body: Buffer
  now: number
  jwt: { claims: Record<string, string>; scopes: string[] | null } | undefined
}

/** Media types whose bodies are handed over as text; any other comes in base64. */
const TEXT = /^(text\/.*|application\/(json|javascript|xml|x-www-form-urlencoded)|.*\+xml)$/i

/**
 * An event of payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent({ api, req, match, body, now, jwt }: HttpEventInput): object {
  const [rawPath = '', rawQueryString = ''] = (req.url ?? '/').split(/\?(.*)/s)
  const { cookie, ...others } = req.headers
  const headers = Object.fromEntries(
    Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat().join(',')]])),
  )
  const query = new URLSearchParams(rawQueryString)
  const queryNames = [...new Set(query.keys())]
  const isText = TEXT.test((headers['content-type'] ?? 'text/plain').split(';')[0]?.trim() ?? '')
  const { pathParameters } = match
  return {
    version: '2.0',
    routeKey: match.route.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(queryNames.length === 0
      ? {}
      : { queryStringParameters: Object.fromEntries(queryNames.map(name => [name, query.getAll(name).join(',')])) }),
    requestContext: {
      accountId: api.accountId,
      apiId: api.apiId,
      ...(jwt === undefined ? {} : { authorizer: { jwt } }),
      domainName: `${api.apiId}.execute-api.${api.region}.amazonaws.com`,
      domainPrefix: api.apiId,
      http: {
        method: req.method,
        path: rawPath,
        protocol: `HTTP/${req.httpVersion}`,
        sourceIp: req.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: newRequestId(),
      routeKey: match.route.routeKey,
      stage: api.stage,
      time: requestTime(now),
      timeEpoch: now,
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(body.length === 0 ? {} : { body: isText ? body.toString() : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}
