import type { HistoryEntry } from '../protocol/documents.ts'
import type { VersionRecord } from './core/versions.ts'
import { readCursor, readLimit, writeCursor } from './http/cursor.ts'
import { httpHandler } from './http/handler.ts'
import { requireAdmin } from './http/permit.ts'
import { json } from './http/response.ts'
import { readHistory } from './steps/read-history.ts'
import { openSettings } from './store/open.ts'

const services = openSettings()

const entryOf = ({
  version,
  settings,
  change,
  updatedBy,
  updatedAt,
  announcedAt,
  tombstone,
}: VersionRecord): HistoryEntry => ({
  version,
  settings,
  change,
  updatedBy,
  updatedAt,
  announcedAt: announcedAt ?? null,
  tombstone,
})

/** Versions on a page: settings and change of 28 KiB each, escaped once more, must fit Lambda's answer of 6 MB. */
const MOST = 50

/** The audit: who changed what and when, newest first. */
export const handler = httpHandler({
  'GET /groups/{groupId}/history': async request => {
    const group = request.id('groupId')
    const list = `history of group:${group}`
    const before = readCursor(list, /^\d{1,10}$/, request.query('cursor'))
    const limit = readLimit(request.query('limit'), 20, MOST)
    const permission = () => requireAdmin(services.memberships, request.caller, group)
    const records = await readHistory(
      services,
      group,
      permission,
      limit,
      before === undefined ? before : Number(before),
    )
    const last = records.at(-1)
    const cursor =
      last === undefined || records.length < limit || last.version === 1
        ? null
        : writeCursor(list, String(last.version))
    return json(200, { versions: records.map(entryOf), cursor })
  },
})
