import type { WebSocketEvent } from '../../functions/websocket/event.ts'

/** An event of the WebSocket API: bob's connection sends this body. The authorizer's context comes as text. */
export const webSocketEvent = (body?: string): WebSocketEvent => ({
  ...(body === undefined ? {} : { body }),
  requestContext: {
    routeKey: 'sync',
    connectionId: 'R0oXAdfD0kwCH6w=',
    connectedAt: 1_767_225_600_000,
    requestId: 'request-1',
    authorizer: { user: 'bob', tokenExpiresAt: '1767229200000' },
  },
})
