import { createHash } from 'node:crypto'
import type { Me } from '../protocol/documents.ts'
import { subjectOf, type Subject } from '../protocol/ids.ts'
import { effectivePermissions } from '../protocol/permissions.ts'
import { documentOf } from './core/messages.ts'
import { etagOf, matchesNone } from './http/etag.ts'
import { httpHandler } from './http/handler.ts'
import { requireSelf } from './http/permit.ts'
import type { HttpRequest } from './http/request.ts'
import { json, notModified } from './http/response.ts'
import { readGroup } from './steps/read-group.ts'
import { readDocuments } from './steps/sync.ts'
import { openSettings } from './store/open.ts'

const services = openSettings()

const conditional = ({ headers }: HttpRequest, etag: string, body: unknown) =>
  matchesNone(headers['if-none-match'], etag) ? notModified(etag) : json(200, body, { etag })

/** Reading: the document first, then the membership, as in steps/read-group.ts. */
export const handler = httpHandler({
  'GET /me': async request => {
    const { user } = request.caller
    const { documents } = await readDocuments(services, user, await services.memberships.indexOf(user))
    const groups = documents.flatMap(({ subject, role }) =>
      role === undefined ? [] : [{ group: subject.slice('group:'.length), role }],
    )
    const me: Me = { user, groups, documents, permissions: effectivePermissions(documents) }
    const state = documents.map(({ subject, version, role }) => [subject, version, role])
    const etag = `"${createHash('sha256')
      .update(JSON.stringify([user, state]))
      .digest('base64url')
      .slice(0, 22)}"`
    return conditional(request, etag, me)
  },
  'GET /groups/{groupId}': async request => {
    const document = await readGroup(services, request.caller, request.id('groupId'))
    return conditional(request, etagOf(document.version), document)
  },
  'GET /users/{userId}': async request => {
    const user = request.id('userId')
    requireSelf(request.caller, user)
    const subject: Subject = subjectOf('user', user)
    const document = documentOf(subject, await services.log.newest(subject))
    return conditional(request, etagOf(document.version), document)
  },
})
