import type { ErrorCode } from '../../protocol/codes.ts'
import type { SchemaName } from './components.ts'

export const TAGS = {
  Reading: 'What a user may see and do',
  Settings: 'Changing settings, and who changed them',
  'Groups and members': 'Which groups there are, who is in them, who is online',
  'Custom events': 'Sending something to whoever is connected',
  Sessions: 'Ending connections',
} as const

/** What the reference says of one route, besides what follows for every route. */
export interface RouteText {
  id: string
  summary: string
  description?: string
  tag: keyof typeof TAGS
  who: 'user' | 'member' | 'self' | 'admin' | 'service'
  /** The body, which may be `application/merge-patch+json` too. */
  body?: SchemaName
  ifMatch?: true
  exclude?: true
  /** The page sizes: what it is where nobody asks, and at most. */
  paged?: { fallback: number; most: number }
  answers: Partial<Record<200 | 201 | 202 | 204 | 304, Answer>>
  /** Besides `forbidden` and `internal`, and `invalid_id` where the path has an id. */
  problems: readonly ErrorCode[]
}

export interface Answer {
  description: string
  schema?: SchemaName
  headers?: readonly ('ETag' | 'Location')[]
}

const BODY = ['unsupported_media_type', 'malformed_json', 'invalid_body'] as const
const PAGE = ['invalid_cursor', 'invalid_query'] as const
const UPDATE = [...BODY, 'invalid_header', 'version_mismatch', 'settings_too_large', 'conflict'] as const

const notModified: Answer = { description: 'The ETag in `If-None-Match` is still the current one', headers: ['ETag'] }
const updated: Answer = {
  description: 'The version that is now current. It is the one before where nothing changed.',
  schema: 'UpdateResult',
  headers: ['ETag'],
}
const sent: Answer = { description: 'The event, and where it went', schema: 'EventResult' }

/** Every route of the HTTP API by its key. test/docs compares them with the routes that the Lambdas answer. */
export const ROUTES: Readonly<Record<string, RouteText>> = {
  'GET /me': {
    id: 'readMe',
    summary: 'Own groups, documents and effective permissions',
    description:
      'Also what a client polls that cannot open a WebSocket: send the ETag in `If-None-Match`, and 304 says that neither a version nor a role has changed.',
    tag: 'Reading',
    who: 'user',
    answers: { 200: { description: 'Everything', schema: 'Me', headers: ['ETag'] }, 304: notModified },
    problems: [],
  },
  'GET /groups/{groupId}': {
    id: 'readGroup',
    summary: 'The settings of a group',
    tag: 'Reading',
    who: 'member',
    answers: {
      200: { description: 'The newest version', schema: 'SettingsDocument', headers: ['ETag'] },
      304: notModified,
    },
    problems: ['group_not_found'],
  },
  'GET /users/{userId}': {
    id: 'readUser',
    summary: 'The settings of a user',
    description: 'A user without settings has version 0 and empty settings.',
    tag: 'Reading',
    who: 'self',
    answers: {
      200: { description: 'The newest version', schema: 'SettingsDocument', headers: ['ETag'] },
      304: notModified,
    },
    problems: [],
  },
  'PATCH /groups/{groupId}': {
    id: 'updateGroup',
    summary: 'Change the settings of a group',
    description:
      'Commits the next version and posts `UserUpdated` to every connection of every member. Patches of different keys that come at the same time both survive. A patch that changes nothing makes no version.',
    tag: 'Settings',
    who: 'admin',
    body: 'Change',
    ifMatch: true,
    exclude: true,
    answers: { 200: updated },
    problems: [...UPDATE, 'group_not_found'],
  },
  'PATCH /users/{userId}': {
    id: 'updateUser',
    summary: 'Change the settings of a user',
    description:
      'As for a group; posts to every connection of the user. `If-Match: "0"` asks for a user without settings.',
    tag: 'Settings',
    who: 'service',
    body: 'Change',
    ifMatch: true,
    exclude: true,
    answers: { 200: updated },
    problems: UPDATE,
  },
  'POST /groups/{groupId}/revert': {
    id: 'revertGroup',
    summary: 'Go back to the settings of an older version',
    description: 'Makes a new version: the log is never shortened.',
    tag: 'Settings',
    who: 'admin',
    body: 'Revert',
    ifMatch: true,
    exclude: true,
    answers: { 200: updated },
    problems: [...UPDATE, 'group_not_found', 'version_not_found'],
  },
  'GET /groups/{groupId}/history': {
    id: 'readHistory',
    summary: 'Who changed what and when, newest first',
    tag: 'Settings',
    who: 'admin',
    paged: { fallback: 20, most: 50 },
    answers: { 200: { description: 'A page of versions', schema: 'HistoryPage' } },
    problems: [...PAGE, 'group_not_found'],
  },
  'GET /groups/{groupId}/members': {
    id: 'listMembers',
    summary: 'The members of a group',
    description: 'In the order of the audience, which is none that means something to people.',
    tag: 'Groups and members',
    who: 'admin',
    paged: { fallback: 100, most: 1_000 },
    answers: { 200: { description: 'A page of members', schema: 'MemberPage' } },
    problems: [...PAGE, 'group_not_found'],
  },
  'PUT /groups/{groupId}/members/{userId}': {
    id: 'putMember',
    summary: 'Add a member, or give another role',
    description: 'Posts `MembershipChanged` to the user’s connections, unless the role was the same before.',
    tag: 'Groups and members',
    who: 'admin',
    body: 'PutMember',
    answers: {
      200: { description: 'The user was a member before', schema: 'Member' },
      201: { description: 'The user is new in the group', schema: 'Member' },
    },
    problems: [...BODY, 'group_not_found', 'last_admin', 'conflict'],
  },
  'DELETE /groups/{groupId}/members/{userId}': {
    id: 'removeMember',
    summary: 'Take a user out of a group',
    description:
      'Once this has answered, no connection of the user gets a later version of the group. Posts `MembershipChanged` with the role null.',
    tag: 'Groups and members',
    who: 'admin',
    answers: { 204: { description: 'Removed' } },
    problems: ['group_not_found', 'member_not_found', 'last_admin', 'conflict'],
  },
  'PUT /groups/{groupId}': {
    id: 'createGroup',
    summary: 'Make a group with its first admin',
    description:
      'May be sent again when it failed half-way: a group that has nobody in it yet is given its admin. The versions of a group that was deleted go on.',
    tag: 'Groups and members',
    who: 'service',
    body: 'CreateGroup',
    answers: { 201: { description: 'Made', schema: 'UpdateResult', headers: ['ETag', 'Location'] } },
    problems: [...BODY, 'group_exists', 'settings_too_large', 'conflict', 'unavailable'],
  },
  'DELETE /groups/{groupId}': {
    id: 'deleteGroup',
    summary: 'Delete a group',
    description:
      'Tells its audience with `MembershipChanged`, then deletes its memberships. The log of its versions stays.',
    tag: 'Groups and members',
    who: 'service',
    answers: { 204: { description: 'Deleted' } },
    problems: ['group_not_found', 'conflict'],
  },
  'GET /groups/{groupId}/presence': {
    id: 'readPresence',
    summary: 'Who is online, since when, on which version',
    tag: 'Groups and members',
    who: 'admin',
    paged: { fallback: 100, most: 1_000 },
    answers: { 200: { description: 'A page of members who have an open connection', schema: 'PresencePage' } },
    problems: [...PAGE, 'group_not_found'],
  },
  'POST /groups/{groupId}/events': {
    id: 'emitToGroup',
    summary: 'Send a custom event to a group',
    description: 'Not kept: whoever is not connected does not get it.',
    tag: 'Custom events',
    who: 'admin',
    body: 'EventBody',
    exclude: true,
    answers: { 202: sent },
    problems: [...BODY, 'invalid_header', 'reserved_event', 'event_too_large', 'group_not_found'],
  },
  'POST /users/{userId}/events': {
    id: 'emitToUser',
    summary: 'Send a custom event to a user',
    description: 'Not kept: whoever is not connected does not get it.',
    tag: 'Custom events',
    who: 'service',
    body: 'EventBody',
    exclude: true,
    answers: { 202: sent },
    problems: [...BODY, 'invalid_header', 'reserved_event', 'event_too_large'],
  },
  'DELETE /users/{userId}/connections': {
    id: 'signOut',
    summary: 'Sign a user out everywhere, now',
    description:
      'Posts `SignedOut` with `reconnect: false` to every connection of the user, then closes it. The tokens stay valid until they expire: revoke the session at the issuer first.',
    tag: 'Sessions',
    who: 'service',
    answers: { 200: { description: 'How many connections were closed', schema: 'SignOutResult' } },
    problems: [],
  },
}
