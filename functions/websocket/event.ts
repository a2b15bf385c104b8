import type { APIGatewayProxyResultV2 } from 'aws-lambda'
import * as v from 'valibot'
import type { ErrorCode } from '../../protocol/codes.ts'
import type { ErrorEvent, ServerEvent } from '../../protocol/events.ts'
import { GrantwireError } from '../core/errors.ts'
import type { Connection } from '../store/connections.ts'

/**
 * What the Lambdas read of a WebSocket event (payload format 1.0). The authorizer's context comes on every route, each value
 * as text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
export interface WebSocketEvent {
  body?: string
  requestContext: {
    routeKey: string
    connectionId: string
    connectedAt: number
    requestId: string
    authorizer: { user: string; tokenExpiresAt: string }
  }
}

export const readConnection = ({ requestContext }: WebSocketEvent): Connection => ({
  connectionId: requestContext.connectionId,
  user: requestContext.authorizer.user,
  connectedAt: requestContext.connectedAt,
  tokenExpiresAt: Number(requestContext.authorizer.tokenExpiresAt),
})

/** The route response: its body goes back over the connection. */
export const answer = (event: ServerEvent): APIGatewayProxyResultV2 => ({
  statusCode: 200,
  body: JSON.stringify(event),
})

/**
 * Runs what a message asks for; `run` gives undefined where nobody is there to be answered. A bad message is answered with an `Error` event and never closes the connection; so is a
 * fault of ours, as one that may be tried again.
 */
export async function answerMessage<S extends v.GenericSchema>(
  event: WebSocketEvent,
  schema: S,
  run: (message: v.InferOutput<S>) => Promise<ServerEvent | undefined>,
): Promise<APIGatewayProxyResultV2> {
  const message = parseJson(event.body)
  const ref = refOf(message)
  try {
    const result = v.safeParse(schema, message)
    if (!result.success) throw new GrantwireError('invalid_message', explain(result.issues))
    const reply = await run(result.output)
    return reply === undefined ? { statusCode: 200 } : answer(reply)
  } catch (error) {
    if (error instanceof GrantwireError) return answer(errorEvent(error.code, error.message, false, ref))
    const { requestId, routeKey } = event.requestContext
    console.error('message failed', { route: routeKey, requestId, error })
    return answer(errorEvent('unavailable', `Try again in a moment. Request id ${requestId}.`, true, ref))
  }
}

export const errorEvent = (
  code: ErrorCode,
  message: string,
  retryable: boolean,
  ref?: string | number,
): ErrorEvent => ({ event: 'Error', code, message, retryable, ...(ref === undefined ? {} : { ref }) })

function parseJson(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}

/** The `ref` of a message, where it is one that can be echoed. */
function refOf(message: unknown): string | number | undefined {
  const result = v.safeParse(v.object({ ref: v.union([v.pipe(v.string(), v.maxLength(64)), v.number()]) }), message)
  return result.success ? result.output.ref : undefined
}

const explain = (issues: readonly v.BaseIssue<unknown>[]): string =>
  issues
    .slice(0, 3)
    .map(issue =>
      [v.getDotPath(issue)?.slice(0, 80), issue.message.slice(0, 200)].filter(part => part != null).join(': '),
    )
    .join('; ')
