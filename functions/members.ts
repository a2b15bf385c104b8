import type { Member } from '../protocol/documents.ts'
import { memberBody } from '../protocol/schemas/http.ts'
import { allInOrder } from './core/concurrency.ts'
import { AUDIENCE_KEY, audienceKey } from './core/audience.ts'
import { openGateway } from './gateway/open.ts'
import { readCursor, readLimit, writeCursor } from './http/cursor.ts'
import { httpHandler } from './http/handler.ts'
import { requireAdmin } from './http/permit.ts'
import type { HttpRequest } from './http/request.ts'
import { json, noContent } from './http/response.ts'
import type { VersionRecord } from './core/versions.ts'
import { addMember, listMembers, removeMember, requireGroup } from './steps/members.ts'
import type { Membership } from './store/memberships.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections(), ...openGateway() }

const memberOf = ({ user, role, since }: Membership): Member => ({ user, role, since })

/** The newest version of the group of the path, where the caller is one of its admins and it exists. */
const administered = async (request: HttpRequest): Promise<VersionRecord> => {
  const group = request.id('groupId')
  const [newest] = await allInOrder([
    requireGroup(services, group),
    requireAdmin(services.memberships, request.caller, group),
  ])
  return newest
}

export const handler = httpHandler({
  'GET /groups/{groupId}/members': async request => {
    const group = request.id('groupId')
    const list = `members of group:${group}`
    const after = readCursor(list, AUDIENCE_KEY, request.query('cursor'))
    const limit = readLimit(request.query('limit'), 100, 1_000)
    await administered(request)
    const { members, more } = await listMembers(services, group, limit, after)
    const last = members.at(-1)
    const cursor = more && last !== undefined ? writeCursor(list, audienceKey(last.user)) : null
    return json(200, { members: members.map(memberOf), cursor })
  },
  'PUT /groups/{groupId}/members/{userId}': async request => {
    const user = request.id('userId')
    const { role } = request.body(memberBody)
    const { membership, isNew } = await addMember(services, await administered(request), user, role)
    return json(isNew ? 201 : 200, memberOf(membership))
  },
  'DELETE /groups/{groupId}/members/{userId}': async request => {
    const user = request.id('userId')
    await administered(request)
    await removeMember(services, request.id('groupId'), user)
    return noContent
  },
})
