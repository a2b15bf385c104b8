/**
 * Faults that are put into the product's code, one at a time, to see that the proof notices: `npm run test:mutations`. Each
 * replaces texts that stand in their files exactly once, so that none can rot unnoticed. No product code knows of them.
 */
export interface Mutation {
  name: string
  /** What is wrong with the code then. */
  what: string
  edits: readonly Edit[]
}

export interface Edit {
  file: string
  find: string
  replace: string
}

const step = (name: string, find: string, replace: string): Edit => ({
  file: `functions/steps/${name}.ts`,
  find,
  replace,
})
const store = (name: string, find: string, replace: string): Edit => ({
  file: `functions/store/${name}.ts`,
  find,
  replace,
})
const client = (name: string, find: string, replace: string): Edit => ({ file: `web/client/${name}.ts`, find, replace })

/** `sync` repairs nothing. */
const NO_HEAL: readonly Edit[] = [
  step('sync', 'if (row === undefined) await connections.ensureRows([{ connection }])', ''),
  step('sync', 'await connections.ensureRows(wrong.map(group => ({ connection: row ?? connection, group })))', ''),
]

const CONNECT_USER_ROW = 'await connections.putUserRow(connection)\n'
const CONNECT_INDEX = 'const index = await memberships.indexOf(connection.user)\n'
/** The rows are written while the connection is open already. */
const CONNECT_AFTER_OPEN: readonly Edit[] = [
  step('open-connection', CONNECT_USER_ROW, `void (async () => { ${CONNECT_USER_ROW}`),
  step('open-connection', 'index.map(entry => entry.group),\n  )\n', 'index.map(entry => entry.group),\n  ) })()\n'),
]

const ADD_INDEX = '  await memberships.putIndex(group, user)\n'
const ADD_ROWS = `  const open = await connections.ofUser(user)
  await connections.ensureRows(open.map(connection => ({ connection, group })))
`

const REMOVE_HINT = "  await hint(services, user, { event: 'MembershipChanged', group, role: null })\n"

const SYNC_MEMBERSHIPS = `  const held = new Map(
    (
      await memberships.among(
        index.map(entry => entry.group),
        user,
      )
    ).map(membership => [subjectOf('group', membership.group), membership]),
  )
`
const SYNC_DOCUMENTS = `  const records = await mapBounded(subjects, READS, async subject => ({
    subject,
    record: await log.newerThan(subject, known[subject] ?? 0),
  }))
`

/** Those of the model that the design was found with, applied to this code. */
const OF_THE_DESIGN: readonly Mutation[] = [
  {
    name: 'connect-after-open+no-heal',
    what: 'the rows are written after the connection is open, and nothing repairs them',
    edits: [...CONNECT_AFTER_OPEN, ...NO_HEAL],
  },
  {
    name: 'connect-index-before-user-row+no-heal',
    what: '$connect reads its groups before it writes its user row, and nothing repairs it',
    edits: [
      step('open-connection', CONNECT_USER_ROW, CONNECT_INDEX.replace('const index', 'const index0')),
      step('open-connection', CONNECT_INDEX, `${CONNECT_USER_ROW}  const index = index0\n`),
      ...NO_HEAL,
    ],
  },
  {
    name: 'connect-after-open+sync-documents-before-rows',
    what: 'rows come late, and sync reads documents before it repairs them',
    edits: [
      ...CONNECT_AFTER_OPEN,
      step(
        'sync',
        '  const { user } = connection\n',
        `  const { user } = connection
  const early = await readDocuments({ log, memberships, clock }, user, await memberships.indexOf(user), known)
`,
      ),
      {
        file: 'functions/steps/sync.ts',
        find: '  return readDocuments({ log, memberships, clock }, user, index, known',
        replace: '  return early\n  return readDocuments({ log, memberships, clock }, user, index, known',
      },
    ],
  },
  {
    name: 'add-truth-first',
    what: 'adding writes the membership before the index and the rows',
    edits: [
      step('members', ADD_INDEX, `  await memberships.put({ group, user, role, since: '' }, at.version)\n${ADD_INDEX}`),
    ],
  },
  {
    name: 'add-connections-before-index+no-heal',
    what: 'adding looks for open connections before it writes the index, and nothing repairs it',
    edits: [step('members', ADD_INDEX, ''), step('members', ADD_ROWS, ADD_ROWS + ADD_INDEX), ...NO_HEAL],
  },
  {
    name: 'remove-deletes-rows+no-heal',
    what: 'removal also deletes the rows of the connections, and nothing repairs them',
    edits: [
      step(
        'members',
        REMOVE_HINT,
        `  await services.connections.deleteRows(await services.connections.ofUser(user), [group])
${REMOVE_HINT}`,
      ),
      ...NO_HEAL,
    ],
  },
  {
    name: 'remove-deletes-index',
    what: 'removal also deletes the index entry',
    edits: [
      step(
        'members',
        REMOVE_HINT,
        `  for (const entry of await memberships.indexOf(user)) if (entry.group === group) await memberships.collectIndex(entry, user)
${REMOVE_HINT}`,
      ),
    ],
  },
  {
    name: 'broadcast-no-membership',
    what: 'a broadcast trusts the rows',
    edits: [step('broadcast', 'if (isToBeTold(member)) yield row', 'yield row')],
  },
  {
    name: 'broadcast-membership-before-document',
    what: 'a broadcast reads memberships before the version it sends',
    edits: [
      step(
        'update-settings',
        '  const { record, changed } = await commit(services, update, current)\n',
        `  const early: never[] = []
  for await (const member of services.memberships.of(parseSubject(subject)?.id ?? '')) early.push(member as never)
  const stale = Object.create(services.memberships) as Services['memberships']
  stale.within = async function* () { yield* early }
  const { record, changed } = await commit(services, update, current)
`,
      ),
      step(
        'update-settings',
        'announce(services, record, budget',
        'announce({ ...services, memberships: stale }, record, budget',
      ),
    ],
  },
  {
    name: 'sync-membership-first',
    what: 'sync reads memberships before documents',
    edits: [step('sync', SYNC_MEMBERSHIPS, ''), step('sync', SYNC_DOCUMENTS, SYNC_MEMBERSHIPS + SYNC_DOCUMENTS)],
  },
  {
    name: 'sync-trusts-index',
    what: 'sync answers from the index',
    edits: [
      step(
        'sync',
        SYNC_MEMBERSHIPS,
        "  const held = new Map(index.map(({ group }) => [subjectOf('group', group), { group, user, role: 'member' as const }]))\n",
      ),
    ],
  },
  { name: 'no-heal', what: 'sync does not repair rows', edits: NO_HEAL },
  {
    name: 'gone-deletes-young+no-heal',
    what: '410 deletes a row of any age, and nothing repairs it',
    edits: [step('broadcast', 'const YOUNG_MS = 10_000', 'const YOUNG_MS = -1_000_000'), ...NO_HEAL],
  },
  {
    name: 'no-recheck',
    what: 'an update whose Lambda died is not announced again',
    edits: [step('update-settings', "queue.send([{ kind: 'recheck', subject }])", 'undefined')],
  },
  {
    name: 'recheck-before-commit-only',
    what: 'the re-check fires while the Lambda may still commit',
    edits: [
      {
        file: 'functions/gateway/fan-out-queue.ts',
        find: 'RECHECK_DELAY_SECONDS = 15',
        replace: 'RECHECK_DELAY_SECONDS = 0',
      },
    ],
  },
  {
    name: 'push-adds-subject',
    what: 'the client takes a push for a subject it does not hold',
    edits: [
      client(
        'documents',
        'if ((kept.get(subject)?.version ?? 0) < version) kept.set(subject, document)',
        "put({ ...document, role: 'member' })",
      ),
    ],
  },
  {
    name: 'drop-early-pushes',
    what: 'the client drops pushes that arrive before the answer to its sync',
    edits: [client('documents', 'if ((kept.get(subject)?.version ?? 0) < version) kept.set(subject, document)', '')],
  },
  {
    name: 'apply-older',
    what: 'the client applies an older version',
    edits: [
      client('documents', 'if (before.version < version) put(document, before.role)', 'put(document, before.role)'),
      client('documents', 'const newer = before && before.version < version', 'const newer = before !== undefined'),
    ],
  },
  {
    name: 'any-sync-answer',
    what: 'the client takes the answer of any sync',
    edits: [client('documents', 'if (ref !== documents.ref) return outcome()', '')],
  },
  {
    name: 'no-sync-on-open',
    what: 'the client does not sync when it opens',
    edits: [client('link', 'link.open = true\n    link.sync()', 'link.open = true')],
  },
]

/** Makes the items of a query eventually consistent. */
const eventually = (find: string): Edit['replace'] => `ConsistentRead: false,\n${find}`
const queried = (name: string, find: string): readonly Edit[] => [store(name, find, eventually(find))]
const got = (name: string, key: string): readonly Edit[] => [
  store(name, `Key: ${key}, ConsistentRead: true`, `Key: ${key}, ConsistentRead: false`),
]
/** Makes the gets of a batch eventually consistent, by a client that asks for it. */
const batched = (name: string, keys: string): readonly Edit[] => [
  store(
    name,
    `batchGet(\n      this.#table,\n      ${keys}`,
    `batchGet(
      {
        ...this.#table,
        client: {
          send: command => {
            for (const request of Object.values(command.input.RequestItems)) request.ConsistentRead = false
            return this.#table.client.send(command)
          },
        },
      },
      ${keys}`,
  ),
]

/** An eventually consistent read in place of each consistent one. */
const READS: readonly Mutation[] = [
  [
    'the audience of a broadcast, and the open connections of a user',
    queried('connections', "...(pk.startsWith('USER#')"),
  ],
  [
    'the members of a group',
    queried('memberships', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',"),
  ],
  ['the index of a user', queried('memberships', "KeyConditionExpression: 'pk = :pk AND begins_with(sk, :group)',")],
  [
    'the newest version',
    queried('settings-log', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :last',"),
  ],
  ['the history', queried('settings-log', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',")],
  ['one version', got('settings-log', 'keyOf(subject, version)')],
  ['one membership', got('memberships', 'memberKey(group, user)')],
  ['the row of a connection under its user', got('connections', 'userKey(user, connectionId)')],
  ['the memberships of a user', batched('memberships', 'groups.map(group => memberKey(group, user)),')],
  [
    'the memberships of those who could not be reached',
    batched('memberships', '[...keys].map(sk => ({ pk: groupPk(group), sk })),'),
  ],
  [
    'the rows of a connection in its groups',
    batched('connections', 'groups.map(group => groupKey(connection, group)),'),
  ],
  ['the rows that could not be reached', batched('connections', 'keys.map(sk => ({ pk, sk })),')],
].map(([what, edits]) => ({
  name: `eventually: ${what as string}`,
  what: 'read eventually consistent',
  edits: edits as readonly Edit[],
}))

const queueTask = (find: string, replace: string): Edit => step('broadcast', find, replace)

/** More that could go wrong. */
const OUR_OWN: readonly Mutation[] = [
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
    name: 'rest-of-the-old-version',
    what: 'the rest of an audience gets the version of the task, not checked against the newest',
    edits: [step('fan-out', 'newest?.version === announcement.version', 'newest !== undefined')],
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

export const MUTATIONS: readonly Mutation[] = [...OF_THE_DESIGN, ...READS, ...OUR_OWN]
