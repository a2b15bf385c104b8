import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { awsError, sendError } from '../aws-errors.ts'
import { strikeAfter, strikeBefore } from '../faults/carry-out.ts'
import { refusalOfExecuteApi } from '../iam/refusals.ts'
import { readBody } from '../read-body.ts'
import type { WebSocketApi } from './apis.ts'
import type { Connection } from './connection.ts'
import type { GatewayDependencies } from './dependencies.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_PAYLOAD_BYTES = 128 * 1024
const CONNECTION_ID = /^[A-Za-z0-9_-]{11,20}=?$/

/**
 * `POST`, `GET` and `DELETE /{stage}/@connections/{id}`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function createManagement(
  api: WebSocketApi,
  connections: ReadonlyMap<string, Connection>,
  deps: GatewayDependencies,
): RequestListener {
  const { bucket, authorizeCall, faults } = deps
  const prefix = `/${api.stage}/@connections/`
  const arn = `arn:aws:execute-api:${api.region}:${api.accountId}:${api.apiId}/${api.stage}`

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const method = req.method ?? ''
    const url = req.url ?? ''
    const body = await readBody(req)
    const refuse = (status: number, type: string, message: string): void =>
      sendError(res, awsError('execute-api', { status, type }, message))

    // A wrong stage looks like a missing right, as it does on AWS.
    if (!url.startsWith(prefix) || !['POST', 'GET', 'DELETE'].includes(method))
      return refuse(403, 'ForbiddenException', 'Forbidden')
    const id = decodeId(url.slice(prefix.length))
    const verdict = authorizeCall({
      request: { method, url, headers: req.headers, body },
      service: 'execute-api',
      needs: [{ action: 'execute-api:ManageConnections', resource: `${arn}/${method}/@connections/${id ?? ''}` }],
    })
    if (!verdict.allowed) return sendError(res, refusalOfExecuteApi(verdict))
    if (!bucket.take() || (method === 'POST' && faults?.takePost() === false))
      return refuse(429, 'LimitExceededException', 'Rate exceeded')
    if (id === undefined || !CONNECTION_ID.test(id)) return refuse(400, 'BadRequestException', 'Invalid connectionId')

    const event = `execute-api:${method}`
    const { principal } = verdict
    const fault = faults?.decide({ event, caller: principal, connection: id })
    const call = { event, principal, res, refuse }
    if (await strikeBefore(fault, call)) return

    const connection = connections.get(id)
    if (connection?.isOpen !== true) return refuse(410, 'GoneException', 'Gone')
    if (method === 'GET') {
      res.writeHead(200, { 'content-type': 'application/json' })
      return void res.end(
        JSON.stringify({
          connectedAt: new Date(connection.connectedAt).toISOString(),
          identity: { sourceIp: connection.sourceIp, userAgent: connection.userAgent },
          lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
        }),
      )
    }
    if (method === 'DELETE') {
      connection.close(1000, 'Connection closed by the server')
      if (strikeAfter(fault, call)) return
      return void res.writeHead(204).end()
    }
    if (body.length > MAX_PAYLOAD_BYTES) return refuse(413, 'PayloadTooLargeException', 'Payload too large')
    // The gateway learns late that a line is cut, or that nobody listens at its end.
    if (fault?.fault === 'cut') connection.cut()
    else if (fault?.fault !== 'swallowed') connection.send(body)
    deps.meter.message('posted', body.length)
    deps.onPost?.()
    if (strikeAfter(fault, call)) return
    res.writeHead(200, { 'content-length': 0 }).end()
  }

  return (req, res) => {
    handle(req, res).catch((error: unknown) => {
      deps.log(`Management API: ${String(error)}`)
      res.destroy()
    })
  }
}

function decodeId(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
