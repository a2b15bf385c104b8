import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { matchesArn } from '../iam/policy.ts'
import type { RequestAuthorizer, WebSocketApi } from './apis.ts'
import { invokeWithin } from './invoke-within.ts'
import { authorizerEvent, type Who } from './websocket-events.ts'

export type ConnectVerdict =
  { ok: true; context: Record<string, string> } | { ok: false; status: 401 | 403 | 500; message: string }

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html: a Lambda authorizer has 10 s. */
const AUTHORIZER_TIMEOUT_MS = 10_000
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_RESULT_BYTES = 8 * 1024

/**
 * Asks the Lambda authorizer of `$connect`. Nothing is cached on a WebSocket API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export async function authorizeConnect(
  api: WebSocketApi,
  authorizer: RequestAuthorizer,
  who: Who,
  req: IncomingMessage,
  clock: Clock,
): Promise<ConnectVerdict> {
  if (!authorizer.identitySource.every(source => hasIdentity(source, req)))
    return { ok: false, status: 401, message: 'Unauthorized' }
  const now = clock.now()
  const event = authorizerEvent(api, who, req, now)
  const result = await invokeWithin(clock, AUTHORIZER_TIMEOUT_MS, authorizer.target, event, () => !req.socket.destroyed)
  const broken: ConnectVerdict = { ok: false, status: 500, message: 'Internal Server Error' }
  if (result === 'timed out') return broken
  if (!result.ok)
    return result.errorMessage === 'Unauthorized' ? { ok: false, status: 401, message: 'Unauthorized' } : broken

  const payload = result.payload as {
    principalId?: unknown
    policyDocument?: { Statement?: { Effect?: string; Action?: string | string[]; Resource?: string | string[] }[] }
    context?: Record<string, unknown>
  } | null
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_RESULT_BYTES) return broken
  const statements = payload?.policyDocument?.Statement
  if (typeof payload?.principalId !== 'string' || !Array.isArray(statements)) return broken
  const { methodArn } = event as { methodArn: string }
  const effects = statements
    .filter(({ Resource }) => [Resource ?? []].flat().some(pattern => matchesArn(pattern, methodArn)))
    .map(({ Effect }) => Effect)
  if (effects.includes('Deny') || !effects.includes('Allow')) {
    const explicit = effects.includes('Deny') ? ' with an explicit deny' : ''
    return { ok: false, status: 403, message: `User is not authorized to access this resource${explicit}` }
  }
  const context = Object.entries(payload.context ?? {})
  // Only texts, numbers and booleans: anything else is an AuthorizerConfigurationException.
  if (context.some(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))) return broken
  return {
    ok: true,
    context: {
      ...Object.fromEntries(context.map(([name, value]) => [name, String(value)])),
      principalId: payload.principalId,
      integrationLatency: String(clock.now() - now),
    },
  }
}

/** Whether an identity source such as `route.request.header.X` is there and not empty. */
function hasIdentity(source: string, req: IncomingMessage): boolean {
  const [, kind, name = ''] = /^route\.request\.(header|querystring)\.(.+)$/.exec(source) ?? []
  if (kind === 'header') return [req.headers[name.toLowerCase()] ?? ''].flat().join('') !== ''
  if (kind === 'querystring') return (new URLSearchParams((req.url ?? '').split('?')[1]).get(name) ?? '') !== ''
  throw new Error(`The local run does not know the identity source ${source}.`)
}
