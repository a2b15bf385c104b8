import type { CustomEvent } from '../protocol/events.ts'
import { RESERVED_EVENTS } from '../protocol/events.ts'
import { subjectOf, type Subject } from '../protocol/ids.ts'
import { MAX_EVENT_DATA_BYTES } from '../protocol/limits.ts'
import { eventBody } from '../protocol/schemas/http.ts'
import { jsonBytes } from './core/bytes.ts'
import { allInOrder } from './core/concurrency.ts'
import { iso } from './core/clock.ts'
import { GrantwireError } from './core/errors.ts'
import { openQueue } from './gateway/fan-out-queue.ts'
import { openGateway } from './gateway/open.ts'
import { httpHandler, type Route } from './http/handler.ts'
import { requireAdmin, requireService } from './http/permit.ts'
import type { HttpRequest } from './http/request.ts'
import { json } from './http/response.ts'
import { broadcast } from './steps/broadcast.ts'
import { inlineBudget } from './steps/budget.ts'
import { requireGroup } from './steps/members.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway(), ...openQueue() }

/** The event that the body asks for. @throws GrantwireError reserved_event, event_too_large, and what a body throws */
function readEvent(request: HttpRequest, subject: Subject, requestId: string): CustomEvent {
  const { event, data = null, id = requestId } = request.body(eventBody)
  if (RESERVED_EVENTS.some(name => name === event))
    throw new GrantwireError('reserved_event', `${event} is an event of the system. Choose another name.`)
  const size = jsonBytes(data)
  if (size > MAX_EVENT_DATA_BYTES)
    throw new GrantwireError(
      'event_too_large',
      `The data takes ${size} bytes; at most ${MAX_EVENT_DATA_BYTES} are allowed.`,
    )
  return { event, id, subject, data, sentBy: request.caller.user, sentAt: iso(services.clock.now()) }
}

async function emit(request: HttpRequest, context: Parameters<Route>[1], custom: CustomEvent) {
  const exclude = request.excludedConnection()
  const delivery = await broadcast(
    services,
    {
      subject: custom.subject,
      announcement: { custom },
      message: custom,
      ...(exclude === undefined ? {} : { exclude }),
    },
    inlineBudget(services.clock, context),
  )
  return json(202, { id: custom.id, delivery })
}

/** Custom events: an `emit` to an audience. Not kept: whoever is not connected does not get it. */
export const handler = httpHandler({
  'POST /groups/{groupId}/events': async (request, context) => {
    const group = request.id('groupId')
    const custom = readEvent(request, subjectOf('group', group), context.awsRequestId)
    await allInOrder([requireGroup(services, group), requireAdmin(services.memberships, request.caller, group)])
    return emit(request, context, custom)
  },
  'POST /users/{userId}/events': async (request, context) => {
    requireService(request.caller)
    const custom = readEvent(request, subjectOf('user', request.id('userId')), context.awsRequestId)
    return emit(request, context, custom)
  },
})
