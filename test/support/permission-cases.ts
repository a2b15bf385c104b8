import type { Settings } from '../../protocol/documents.ts'
import type { Subject } from '../../protocol/ids.ts'

/** What the documents say of the permission `p`, and whether it is granted: the table that rule, server and client are held to. */
export interface PermissionCase {
  name: string
  documents: { [subject: Subject]: Settings }
  granted: boolean
}

/** The user is `u`, the groups are `a` and `b`. */
export const PERMISSION_CASES: readonly PermissionCase[] = [
  { name: 'nothing is known', documents: {}, granted: false },
  { name: 'a group allows', documents: { 'group:a': { p: true } }, granted: true },
  { name: 'a group denies', documents: { 'group:a': { p: false } }, granted: false },
  {
    name: 'one group allows, another says nothing',
    documents: { 'group:a': { p: true }, 'group:b': {} },
    granted: true,
  },
  {
    name: 'one group allows, another denies',
    documents: { 'group:a': { p: true }, 'group:b': { p: false } },
    granted: false,
  },
  {
    name: 'one group denies, another allows: their order does not matter',
    documents: { 'group:a': { p: false }, 'group:b': { p: true } },
    granted: false,
  },
  {
    name: 'the user is allowed where a group denies',
    documents: { 'group:a': { p: false }, 'user:u': { p: true } },
    granted: true,
  },
  {
    name: 'the user is denied where a group allows',
    documents: { 'user:u': { p: false }, 'group:a': { p: true } },
    granted: false,
  },
  {
    name: 'the user’s own document says nothing',
    documents: { 'user:u': { q: true }, 'group:a': { p: true } },
    granted: true,
  },
  {
    name: 'a value that is no boolean is no permission',
    documents: { 'group:a': { p: 'true' }, 'group:b': { p: 1 } },
    granted: false,
  },
  {
    name: 'a value that is no boolean does not deny either',
    documents: { 'group:a': { p: 'no' }, 'group:b': { p: true } },
    granted: true,
  },
]
