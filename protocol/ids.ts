/**
 * Ids of users and groups. The set leaves out `#`, which separates the parts of a table key, and `/`, which separates the
 * parts of a path.
 */
export const ID_PATTERN = /^[A-Za-z0-9._@|:=+-]{1,128}$/

/** What settings belong to. */
export type Subject = `group:${string}` | `user:${string}`
export type SubjectKind = 'group' | 'user'

/** The subject of a group or a user: `subjectOf('group', 'eng')` is `group:eng`. */
export const subjectOf = (kind: SubjectKind, id: string): Subject => `${kind}:${id}`

/** The parts of a subject, or undefined where the text is none. Ids may hold colons: only the first one separates. */
export function parseSubject(text: string): { kind: SubjectKind; id: string } | undefined {
  const colon = text.indexOf(':')
  const kind = text.slice(0, colon)
  const id = text.slice(colon + 1)
  if ((kind !== 'group' && kind !== 'user') || !ID_PATTERN.test(id)) return undefined
  return { kind, id }
}
