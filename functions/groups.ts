import type { UpdateResult } from '../protocol/documents.ts'
import { createGroupBody } from '../protocol/schemas/http.ts'
import { openQueue } from './gateway/fan-out-queue.ts'
import { openGateway } from './gateway/open.ts'
import { etagOf } from './http/etag.ts'
import { httpHandler } from './http/handler.ts'
import { requireService } from './http/permit.ts'
import { json, noContent } from './http/response.ts'
import { inlineBudget } from './steps/budget.ts'
import { createGroup, deleteGroup } from './steps/groups.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway(), ...openQueue() }

/** Making and deleting groups is for services: they know which groups there are. */
export const handler = httpHandler({
  'PUT /groups/{groupId}': async (request, context) => {
    requireService(request.caller)
    const group = request.id('groupId')
    const { admin, settings = {} } = request.body(createGroupBody)
    const by = { updatedBy: request.caller.user, commitId: context.awsRequestId }
    const created = await createGroup(services, group, { admin, settings }, by, inlineBudget(services.clock, context))
    const { record, delivery } = created
    const result: UpdateResult = {
      message: `group:${group} is made, with ${admin} as its admin`,
      version: record.version,
      settings: record.settings,
      delivery,
    }
    return json(201, result, { etag: etagOf(record.version), location: `/groups/${encodeURIComponent(group)}` })
  },
  'DELETE /groups/{groupId}': async (request, context) => {
    requireService(request.caller)
    const by = { updatedBy: request.caller.user, commitId: context.awsRequestId }
    await deleteGroup(services, request.id('groupId'), by, inlineBudget(services.clock, context))
    return noContent
  },
})
