import { openGateway } from './gateway/open.ts'
import { httpHandler } from './http/handler.ts'
import { requireService } from './http/permit.ts'
import { json } from './http/response.ts'
import { inlineBudget } from './steps/budget.ts'
import { closeConnections } from './steps/close-connections.ts'
import { openConnections } from './store/open.ts'

const services = { ...openConnections(), ...openGateway() }

/** Signs a user out everywhere: each connection is told not to come back with this session, then closed. */
export const handler = httpHandler({
  'DELETE /users/{userId}/connections': async (request, context) => {
    requireService(request.caller)
    const rows = await services.connections.ofUser(request.id('userId'))
    const { deadline } = inlineBudget(services.clock, context)
    const why = { event: 'SignedOut', reason: 'signed_out', reconnect: false } as const
    const closed = await closeConnections(services, rows, why, deadline)
    return json(200, { closed: closed.length })
  },
})
