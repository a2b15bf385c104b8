import type { ErrorCode } from '../../protocol/codes.ts'

/**
 * What a caller did wrong, or what stood in the way: told to them as problem details over HTTP and as an `Error` event over
 * the WebSocket. Anything else that is thrown is a fault of ours.
 *
 * `detail` says what was wrong and what to do. It never holds a token or settings.
 */
export class GrantwireError extends Error {
  override readonly name = 'GrantwireError'
  readonly code: ErrorCode
  readonly errors: { pointer: string; detail: string }[] | undefined
  /** The version that is current, where the error is about one: becomes the ETag of the answer. */
  readonly version: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    more: { errors?: { pointer: string; detail: string }[]; version?: number } = {},
  ) {
    super(detail)
    this.code = code
    this.errors = more.errors
    this.version = more.version
  }
}

export const noSuchGroup = (group: string): GrantwireError =>
  new GrantwireError('group_not_found', `There is no group ${group}. A service creates it with PUT /groups/${group}.`)
