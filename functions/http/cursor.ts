import { createHash } from 'node:crypto'
import { GrantwireError } from '../core/errors.ts'

/**
 * Where the next page begins, as opaque text. The check word tells a cursor of another list, or one that was changed on the
 * way; it guards nothing secret, since a cursor only ever says where in a list to go on, and the list is checked itself.
 */
const checkWord = (list: string, position: string): string =>
  createHash('sha256').update(`${list}\n${position}`).digest('base64url').slice(0, 8)

/** @param list what is paged, such as `members of group:eng` */
export const writeCursor = (list: string, position: string): string =>
  `${Buffer.from(position).toString('base64url')}.${checkWord(list, position)}`

/**
 * @param form what a position of this list looks like
 * @throws GrantwireError invalid_cursor
 */
export function readCursor(list: string, form: RegExp, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const [text = '', check] = cursor.split('.')
  const position = Buffer.from(text, 'base64url').toString()
  if (cursor.length > 400 || check !== checkWord(list, position) || !form.test(position))
    throw new GrantwireError(
      'invalid_cursor',
      'Use the `cursor` of the page before, unchanged, or none for the first page.',
    )
  return position
}

/** The `limit` of a page. @throws GrantwireError invalid_query */
export function readLimit(text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > most) throw new GrantwireError('invalid_query', `limit must be a number from 1 to ${most}.`)
  return limit
}
