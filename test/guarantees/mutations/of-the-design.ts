import { client, step, REMOVE_HINT, type Edit, type Mutation } from './mutation.ts'

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
export const OF_THE_DESIGN: readonly Mutation[] = [
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
