import { median } from '../support/report.ts'
import type { Seen } from './driver.ts'

/** When something was asked of the emulated services, ms since 1970. */
export interface Mark {
  /** Such as `dynamodb:PutItem`, or `execute-api:POST` for a post that was taken. */
  action: string
  table: string
  at: number
}

/** Where the time of an update goes, each part from the end of the one before: they add up to the time to the last socket. */
export interface Parts {
  /** The request, the JWT, the invocation, up to the first call to a service. */
  http: number
  /** The newest version, the admin's role, the re-check's message: at the same time. */
  reads: number
  /** The next version, put on its condition. */
  commit: number
  /** First page of rows and members, up to the first post that was taken. */
  audience: number
  /** The other posts. */
  posts: number
  /** From the last post to the last socket. */
  delivery: number
}

export const PARTS = ['http', 'reads', 'commit', 'audience', 'posts', 'delivery'] as const

/** The medians of each part, over these updates. */
export function partsOf(updates: readonly Seen[], marks: readonly Mark[]): Parts {
  const each = updates.map(({ sentAt, answeredAt, lastSocketAt }): Parts => {
    const mine = marks.filter(({ at }) => at >= sentAt && at <= Math.max(answeredAt, lastSocketAt))
    const first = (action: string, table = ''): number =>
      mine.find(mark => mark.action === action && mark.table.includes(table))?.at ?? NaN
    const read = mine[0]?.at ?? NaN
    const commit = first('dynamodb:PutItem')
    const audience = first('dynamodb:Query', 'Connections')
    const post = first('execute-api:POST')
    const lastPost = mine.findLast(({ action }) => action === 'execute-api:POST')?.at ?? NaN
    return {
      http: read - sentAt,
      reads: commit - read,
      commit: audience - commit,
      audience: post - audience,
      posts: lastPost - post,
      delivery: lastSocketAt - lastPost,
    }
  })
  const medians = PARTS.map(part => [part, median(each.map(parts => parts[part]))] as const)
  return Object.fromEntries(medians) as unknown as Parts
}
