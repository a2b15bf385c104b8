import type { IncomingMessage } from 'node:http'
import type { WebSocketApi } from './apis.ts'
import { newRequestId, requestTime } from './ids.ts'

export interface Who {
  id: string
  connectedAt: number
  sourceIp: string
  userAgent: string
  authorizer: Record<string, string> | undefined
}

/**
 * Events of a WebSocket API (payload format 1.0): the headers come with CONNECT only, the authorizer's context with all.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
function requestContext(api: WebSocketApi, who: Who, routeKey: string, eventType: string, now: number) {
  return {
    routeKey,
    eventType,
    extendedRequestId: newRequestId(),
    requestTime: requestTime(now),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: who.connectedAt,
    requestTimeEpoch: now,
    identity: { sourceIp: who.sourceIp, userAgent: who.userAgent },
    requestId: newRequestId(),
    domainName: `${api.apiId}.execute-api.${api.region}.amazonaws.com`,
    connectionId: who.id,
    apiId: api.apiId,
    ...(who.authorizer === undefined ? {} : { authorizer: who.authorizer }),
  }
}

/** Headers in the case in which they were sent, and the query, each once and as lists. */
function requestParts(req: IncomingMessage) {
  const multiValueHeaders: Record<string, string[]> = {}
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] ?? ''
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), req.rawHeaders[i + 1] ?? '']
  }
  const query = new URLSearchParams((req.url ?? '').split(/\?(.*)/s)[1] ?? '')
  const names = [...new Set(query.keys())]
  return {
    headers: Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1) ?? ''])),
    multiValueHeaders,
    ...(names.length === 0
      ? {}
      : {
          queryStringParameters: Object.fromEntries(names.map(name => [name, query.getAll(name).at(-1) ?? ''])),
          multiValueQueryStringParameters: Object.fromEntries(names.map(name => [name, query.getAll(name)])),
        }),
  }
}

export const connectEvent = (api: WebSocketApi, who: Who, req: IncomingMessage, now: number): object => ({
  ...requestParts(req),
  requestContext: requestContext(api, who, '$connect', 'CONNECT', now),
  isBase64Encoded: false,
})

export const authorizerEvent = (api: WebSocketApi, who: Who, req: IncomingMessage, now: number): object => ({
  type: 'REQUEST',
  methodArn: `arn:aws:execute-api:${api.region}:${api.accountId}:${api.apiId}/${api.stage}/$connect`,
  ...requestParts(req),
  stageVariables: {},
  requestContext: requestContext(api, { ...who, authorizer: undefined }, '$connect', 'CONNECT', now),
})

export const messageEvent = (api: WebSocketApi, who: Who, routeKey: string, body: string, now: number) => ({
  requestContext: { ...requestContext(api, who, routeKey, 'MESSAGE', now), messageId: newRequestId() },
  body,
  isBase64Encoded: false,
})

export const disconnectEvent = (api: WebSocketApi, who: Who, code: number, reason: string, now: number): object => ({
  headers: { Host: `${api.apiId}.execute-api.${api.region}.amazonaws.com`, 'x-api-key': '', 'x-restapi': '' },
  multiValueHeaders: {
    Host: [`${api.apiId}.execute-api.${api.region}.amazonaws.com`],
    'x-api-key': [''],
    'x-restapi': [''],
  },
  requestContext: {
    ...requestContext(api, who, '$disconnect', 'DISCONNECT', now),
    disconnectStatusCode: code,
    disconnectReason: reason,
  },
  isBase64Encoded: false,
})
