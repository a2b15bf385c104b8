import type { UpdateResult } from '../protocol/documents.ts'
import { subjectOf } from '../protocol/ids.ts'
import { changeBody, revertBody } from '../protocol/schemas/http.ts'
import { GrantwireError } from './core/errors.ts'
import { openQueue } from './gateway/fan-out-queue.ts'
import { openGateway } from './gateway/open.ts'
import { etagOf, readIfMatch } from './http/etag.ts'
import { httpHandler, type Route } from './http/handler.ts'
import { requireAdmin, requireService } from './http/permit.ts'
import type { HttpRequest } from './http/request.ts'
import { json } from './http/response.ts'
import { inlineBudget } from './steps/budget.ts'
import { updateSettings, type Update } from './steps/update-settings.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway(), ...openQueue() }

const update = async (
  request: HttpRequest,
  context: Parameters<Route>[1],
  what: Pick<Update, 'subject' | 'intent' | 'permission'>,
) => {
  const ifMatch = readIfMatch(request.headers['if-match'])
  const exclude = request.excludedConnection()
  const { record, changed, delivery } = await updateSettings(
    services,
    {
      ...what,
      updatedBy: request.caller.user,
      commitId: context.awsRequestId,
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(exclude === undefined ? {} : { exclude }),
    },
    inlineBudget(services.clock, context),
  )
  const { version, settings, subject } = record
  const message = changed
    ? `${subject} is now at version ${version}`
    : `${subject} stays at version ${version}: nothing changed`
  console.info('update', { subject, version, changed, ...delivery })
  const result: UpdateResult = { message, version, settings, delivery }
  return json(200, result, { etag: etagOf(version) })
}

/** The permission update: one code path over subjects. A revert is an update to the settings of an older version. */
export const handler = httpHandler({
  'PATCH /groups/{groupId}': async (request, context) => {
    const group = request.id('groupId')
    const change = request.body(changeBody)
    return update(request, context, {
      subject: subjectOf('group', group),
      intent: { kind: 'patch', change },
      permission: () => requireAdmin(services.memberships, request.caller, group),
    })
  },
  'PATCH /users/{userId}': async (request, context) => {
    requireService(request.caller)
    const subject = subjectOf('user', request.id('userId'))
    return update(request, context, { subject, intent: { kind: 'patch', change: request.body(changeBody) } })
  },
  'POST /groups/{groupId}/revert': async (request, context) => {
    const group = request.id('groupId')
    const subject = subjectOf('group', group)
    const { version } = request.body(revertBody)
    return update(request, context, {
      subject,
      permission: () => requireAdmin(services.memberships, request.caller, group),
      intent: async () => {
        const record = await services.log.version(subject, version)
        if (record === undefined || record.tombstone)
          throw new GrantwireError(
            'version_not_found',
            `${subject} has no version ${version} to go back to; see its history.`,
          )
        return { kind: 'replace', settings: record.settings }
      },
    })
  },
})
