import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Invocation } from '../lambda/function.ts'
import { readBody } from '../read-body.ts'
import type { HttpApi } from './apis.ts'
import { corsHeaders, isPreflight, preflightHeaders } from './cors.ts'
import type { GatewayDependencies } from './dependencies.ts'
import { httpEvent } from './http-event.ts'
import { invokeWithin } from './invoke-within.ts'
import { JwtVerifier } from './jwt.ts'
import { matchRoute } from './route-match.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024
export const MAX_HEADER_BYTES = 10_240
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024

/** An HTTP API as the template describes it. */
export function createHttpApi(api: HttpApi, deps: GatewayDependencies): RequestListener {
  const jwt = new JwtVerifier()
  const own = api.throttle && deps.stageBucket(api.throttle)

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const cors = corsHeaders(api.cors, req.headers)
    const message = (status: number, text: string, headers: Record<string, string> = {}): void => {
      res.writeHead(status, { 'content-type': 'application/json', ...cors, ...headers })
      res.end(JSON.stringify({ message: text }))
    }
    if (api.cors !== undefined && isPreflight(api.cors, req.method ?? '', req.headers)) {
      deps.meter.httpRequest(0, 0)
      return void res.writeHead(204, preflightHeaders(api.cors, req.headers)).end()
    }
    if (headerBytes(req) > MAX_HEADER_BYTES) return message(431, 'Request Header Fields Too Large')
    if (!deps.bucket.take() || own?.take() === false) return message(429, 'Too Many Requests')

    const path = pathInStage(api, (req.url ?? '/').split('?')[0] ?? '/')
    const match = path === undefined ? undefined : matchRoute(api.routes, req.method ?? '', path)
    if (match === undefined) {
      deps.meter.httpRequest(0, 0)
      return message(404, 'Not Found')
    }

    const { authorizer, scopes } = match.route
    let claims: { claims: Record<string, string>; scopes: string[] | null } | undefined
    if (authorizer !== undefined) {
      const token = bearerOf(req.headers.authorization)
      if (token === undefined) return message(401, 'Unauthorized', { 'www-authenticate': 'Bearer' })
      const verdict = await jwt.verify(token, authorizer, scopes)
      if (!verdict.ok) {
        const error = verdict.status === 401 ? 'invalid_token' : 'insufficient_scope'
        const challenge = `Bearer scope="${scopes.join(' ')}" error="${error}" error_description="${verdict.description.replaceAll('"', "'")}"`
        return message(verdict.status, verdict.status === 401 ? 'Unauthorized' : 'Forbidden', {
          'www-authenticate': challenge,
        })
      }
      claims = { claims: verdict.claims, scopes: verdict.scopes }
    }

    const body = await readBody(req, MAX_BODY_BYTES)
    if (body === undefined) return message(413, 'Request Entity Too Large', { connection: 'close' })
    const event = httpEvent({ api, req, match, body, now: deps.clock.now(), jwt: claims })
    const result = await invokeWithin(
      deps.clock,
      match.route.timeoutMs,
      match.route.target,
      event,
      () => !res.destroyed,
    )
    const response = result === 'timed out' ? undefined : readResponse(result)
    deps.meter.httpRequest(body.length, response?.body.length ?? 0)
    if (result === 'timed out') return message(503, 'Service Unavailable')
    if (response === undefined) return message(500, 'Internal Server Error')
    for (const [name, value] of Object.entries(response.headers))
      if (!name.startsWith('access-control-')) res.setHeader(name, value)
    for (const [name, value] of Object.entries(cors)) res.setHeader(name, value)
    if (response.cookies.length > 0) res.setHeader('set-cookie', response.cookies)
    res.writeHead(response.status).end(response.body)
  }

  return (req, res) => {
    answer(req, res).catch((error: unknown) => {
      deps.log(`HTTP API: ${String(error)}`)
      if (!res.headersSent)
        res.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error"}')
    })
  }
}

interface Response {
  status: number
  headers: Record<string, string>
  cookies: string[]
  body: Buffer
}

/** A function's answer: a response object, or any other value as the body of a 200. Undefined where it is malformed. */
function readResponse(result: Invocation): Response | undefined {
  if (!result.ok) return undefined
  const { payload } = result
  if (payload === null || typeof payload !== 'object' || !('statusCode' in payload)) {
    const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload ?? null))
    return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body }
  }
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded = false,
  } = payload as {
    statusCode: unknown
    headers?: Record<string, unknown>
    cookies?: string[]
    body?: unknown
    isBase64Encoded?: boolean
  }
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string') return undefined
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > MAX_RESPONSE_BYTES) return undefined
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...lower }, cookies, body: bytes }
}

/** The path below the stage: only `$default` has none in its addresses. */
function pathInStage({ stage }: HttpApi, path: string): string | undefined {
  if (stage === '$default') return path
  const prefix = `/${stage}`
  return path === prefix ? '/' : path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined
}

const bearerOf = (header: string | undefined): string | undefined =>
  /^(?:Bearer )?(\S+)$/i.exec(header?.trim() ?? '')?.[1]

/** Of the request line and the headers, as API Gateway counts them. */
export const headerBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, method.length + url.length + 12)
