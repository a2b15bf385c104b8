import { subjectOf } from '../protocol/ids.ts'
import { readCursor, readLimit, writeCursor } from './http/cursor.ts'
import { httpHandler } from './http/handler.ts'
import { requireAdmin } from './http/permit.ts'
import { json } from './http/response.ts'
import { AUDIENCE_KEY } from './core/audience.ts'
import { allInOrder } from './core/concurrency.ts'
import { noSuchGroup } from './core/errors.ts'
import { isLive } from './core/versions.ts'
import { presentMembers } from './steps/presence.ts'
import { openConnections, openSettings } from './store/open.ts'

const services = { ...openSettings(), ...openConnections() }

/** Who is online, since when, on which version. */
export const handler = httpHandler({
  'GET /groups/{groupId}/presence': async request => {
    const group = request.id('groupId')
    const list = `presence of group:${group}`
    const after = readCursor(list, AUDIENCE_KEY, request.query('cursor'))
    const limit = readLimit(request.query('limit'), 100, 1_000)
    const [newest] = await allInOrder([
      services.log.newest(subjectOf('group', group)).then(record => {
        if (!isLive(record)) throw noSuchGroup(group)
        return record
      }),
      requireAdmin(services.memberships, request.caller, group),
    ])
    const { members, next } = await presentMembers(services, newest, limit, after)
    return json(200, { members, cursor: next === undefined ? null : writeCursor(list, next) })
  },
})
