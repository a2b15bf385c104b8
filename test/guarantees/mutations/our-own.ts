import { step, store, REMOVE_HINT, type Edit, type Mutation } from './mutation.ts'

const queueTask = (find: string, replace: string): Edit => step('broadcast', find, replace)

/** More that could go wrong. */
export const OUR_OWN: readonly Mutation[] = [
  {
    name: 'add-without-hint',
    what: 'nobody is told that they were added',
    edits: [step('members', "  await hint(services, user, { event: 'MembershipChanged', group, role })\n", '')],
  },
  {
    name: 'remove-without-hint',
    what: 'nobody is told that they were removed',
    edits: [step('members', REMOVE_HINT, '')],
  },
  {
    name: 'announced-before-told',
    what: 'a version is marked as announced before anybody was told',
    edits: [
      step(
        'broadcast',
        '  const { subject, version, tombstone } = record\n',
        `  const { subject, version, tombstone } = record
  await services.log.markAnnounced(subject, version, iso(services.clock.now()))
`,
      ),
    ],
  },
  {
    name: 'unreached-forgotten',
    what: 'who could not be reached is not handed to the queue',
    edits: [
      queueTask('isList(part) ? report.unreached : [...report.unreached, ...renewed]', 'isList(part) ? [] : renewed'),
    ],
  },
  {
    name: 'rest-forgotten',
    what: 'what is beyond the limit is not handed to the queue',
    edits: [queueTask('...(report.ended ? [] : restOf(subject, part, report))', '')],
  },
  {
    name: 'expired-are-posted-to',
    what: 'a broadcast does not look at the expiry of a token',
    edits: [
      step('broadcast', 'if (row.tokenExpiresAt > clock.now()) yield row', 'if (row !== undefined) yield row'),
      step('broadcast', '    mayPost: row => row.tokenExpiresAt > clock.now(),\n', ''),
    ],
  },
  {
    name: 'expiry-asked-once',
    what: 'a post that waits for its turn does not ask again whether the token has expired',
    edits: [step('broadcast', '    mayPost: row => row.tokenExpiresAt > clock.now(),\n', '')],
  },
  {
    name: 'hint-to-expired',
    what: 'a hint goes to connections whose token has expired',
    edits: [
      step(
        'hint',
        'const isCurrent = (row: AudienceRow): boolean => row.tokenExpiresAt > clock.now()',
        'const isCurrent = () => true',
      ),
    ],
  },
  {
    name: 'sync-answers-expired',
    what: 'sync answers a connection whose token has expired',
    edits: [step('sync', 'if ((row ?? connection).tokenExpiresAt <= clock.now()) {', 'if (row === null) {')],
  },
  {
    name: 'renewal-of-the-user-row-only',
    what: 'a renewal does not reach the rows in the groups',
    edits: [
      step('renew', '  await connections.ensureRows(index.map(({ group }) => ({ connection: renewed, group })))\n', ''),
    ],
  },
  {
    name: 'expired-are-not-ended',
    what: 'a broadcast closes whoever had an expired token when it read the row',
    edits: [step('close-connections', '(await connections.end(row)) ? ended : renewed', 'ended')],
  },
  {
    name: 'ended-are-extended',
    what: 'a renewal is confirmed to a connection that is about to be closed',
    edits: [
      store(
        'connections',
        "'tokenExpiresAt > :ended AND tokenExpiresAt < :tokenExpiresAt'",
        "'tokenExpiresAt >= :ended AND tokenExpiresAt < :tokenExpiresAt'",
      ),
    ],
  },
  {
    name: 'expiry-goes-back',
    what: 'whoever adds a user may take back what a renewal wrote',
    edits: [
      store(
        'connections',
        "'attribute_not_exists(pk) OR tokenExpiresAt < :tokenExpiresAt'",
        "'attribute_not_exists(pk) OR attribute_exists(pk) OR tokenExpiresAt < :tokenExpiresAt'",
      ),
    ],
  },
  {
    name: 'commit-without-condition',
    what: 'a version may be written over',
    edits: [store('settings-log', "          ConditionExpression: 'attribute_not_exists(pk)',\n", '')],
  },
  {
    name: 'lost-race-not-applied-anew',
    what: 'who lost the race for a version writes what was made of the older one',
    edits: [
      step(
        'update-settings',
        'current = found(update, await log.newest(subject))',
        'current = { ...current, version: (await log.newest(subject))?.version } as typeof current',
      ),
    ],
  },
  {
    name: 'if-match-ignored-after-a-race',
    what: 'If-Match is asked for the first attempt only',
    edits: [
      step(
        'update-settings',
        '    matchVersion(update, current)\n',
        '    if (attempt === 1) matchVersion(update, current)\n',
      ),
    ],
  },
  {
    name: 'versions-begin-anew',
    what: 'a group that is made again begins with version 1',
    edits: [
      {
        file: 'functions/core/versions.ts',
        find: 'version: (current?.version ?? 0) + 1',
        replace: 'version: (isLive(current) || tombstone ? (current?.version ?? 0) : 0) + 1',
      },
    ],
  },
  {
    name: 'no-purge',
    what: 'a group that is made again keeps the members of the deleted one',
    edits: [
      step(
        'groups',
        'if (current !== undefined && !(await purge(services, current, budget.deadline)))',
        'if (current === null)',
      ),
      step('groups', '  await purgeMembers(services, record, budget.deadline)\n', ''),
      step('fan-out', '  if (newest.tombstone) await purgeMembers(services, newest, budget.deadline)\n', ''),
    ],
  },
  {
    name: 'slow-purge-deletes-the-new',
    what: 'a purge that is slow deletes members of the group that was made again',
    edits: [store('memberships', "'groupVersion < :tombstone'", "'groupVersion < :tombstone OR attribute_exists(pk)'")],
  },
  {
    name: 'tombstone-to-members-only',
    what: 'that a group was deleted is told to its members only, who are deleted meanwhile',
    edits: [step('broadcast', 'member === undefined || member.groupVersion < deletedAt', 'member !== undefined')],
  },
  {
    name: 'tombstone-forgotten',
    what: 'a group is made again before anybody was told that it was deleted',
    edits: [
      step(
        'groups',
        '  if (current !== undefined && current.announcedAt === undefined) await announce(services, current, budget)\n',
        '',
      ),
    ],
  },
  {
    name: 'index-collected-young',
    what: 'an index entry without membership is collected at once',
    edits: [step('sync', 'INDEX_GRACE_MS = 3_600_000', 'INDEX_GRACE_MS = -1')],
  },
  {
    name: 'last-admin-goes',
    what: 'the last admin may go',
    edits: [
      step(
        'members',
        "if (other.role === 'admin' && other.user !== user && other.steppingDownUntil <= clock.now()) return mark",
        'return mark',
      ),
    ],
  },
  {
    name: 'two-admins-go',
    what: 'an admin who is about to go still counts as one who stays',
    edits: [step('members', ' && other.steppingDownUntil <= clock.now()', '')],
  },
  {
    name: 'disconnect-deletes-all',
    what: '$disconnect deletes the rows of all connections of the user',
    edits: [step('close-connection', '    [connection],\n', '    await connections.ofUser(connection.user),\n')],
  },
  {
    name: 'history-after-the-role',
    what: 'the history is read after the role was checked',
    edits: [
      step('read-history', '  await permission()\n', ''),
      step('read-history', '  const records = await log', '  await permission()\n  const records = await log'),
    ],
  },
  {
    name: 'document-after-the-membership',
    what: 'GET /groups/{id} reads the membership first',
    edits: [
      step('read-group', '  const membership = await memberships.get(group, caller.user)\n', ''),
      step(
        'read-group',
        '  const record = await',
        '  const membership = await memberships.get(group, caller.user)\n  const record = await',
      ),
    ],
  },
]
