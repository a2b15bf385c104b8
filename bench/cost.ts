import { parseArgs } from 'node:util'
import { add, dollarsOf, times, type Quantities } from './cost/lines.ts'
import { countPaths, type Paths } from './cost/paths.ts'
import { ABLY, APPSYNC_EVENTS, AWS, PRICES_OF, PUSHER } from './prices.ts'
import { print } from './support/report.ts'

/**
 * What a day costs, line by line, and what the same day would cost elsewhere.
 *   npm run bench:cost [-- --json]
 *
 * The day: 1,000 users in 20 groups of 50; each opens three connections and keeps each for the two hours that API Gateway
 * allows; 50 updates, each to a group whose members are all online. The run: two such groups, each path counted exactly, one
 * thing at a time. Groups share nothing, so the day is the sum of its paths, each taken as often as the day takes it.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const USERS = 1_000
const GROUPS = 20
const CONNECTS = 3 * USERS
const UPDATES = 50
const MEMBERS = USERS / GROUPS
const CONNECTED_MINUTES = 120
/** The client syncs every 9 minutes, less up to a tenth: 8.55 on average. */
const SYNCS = Math.floor(CONNECTED_MINUTES / 8.55)
/** A token of an hour is renewed ahead of its end. */
const RENEWALS = 2
/** Lambda keeps five pollers at an empty queue, each of which looks for 20 s: docs.aws.amazon.com/lambda, services-sqs-scaling. */
const EMPTY_RECEIVES = (5 * 86_400) / 20
const DAYS_A_MONTH = 30
const BYTES_PER_DOCUMENT = 400

const { groups, recheck } = await countPaths(2, MEMBERS, 5)
const [paths, other] = groups as [Paths, Paths]

/** Lines that must come out alike for every group of one shape: all but durations and bytes, whose ids differ in length. */
const EXACT = ['message', 'httpRequest', 'lambdaRequest', 'readUnit', 'writeUnit', 'sqsRequest'] as const
for (const path of Object.keys(paths) as (keyof Paths)[])
  for (const line of EXACT)
    if (Math.abs(paths[path][line] - other[path][line]) > 1e-9)
      throw new Error(`${path} took ${paths[path][line]} of ${line} in one group, ${other[path][line]} in the next`)

const none = times(recheck, 0)
const day: { what: string; times: number; each: Quantities }[] = [
  { what: 'connect', times: CONNECTS, each: paths.connect },
  { what: 'first sync', times: CONNECTS, each: paths.firstSync },
  { what: 'sync as keep-alive', times: CONNECTS * SYNCS, each: paths.sync },
  { what: 'renew', times: CONNECTS * RENEWALS, each: paths.renew },
  { what: 'disconnect', times: CONNECTS, each: paths.disconnect },
  { what: `update to ${MEMBERS}`, times: UPDATES, each: add(paths.update, recheck) },
  { what: 'being connected', times: CONNECTS * CONNECTED_MINUTES, each: { ...none, connectionMinute: 1 } },
  { what: 'looks at the empty queue', times: EMPTY_RECEIVES, each: { ...none, sqsRequest: 1 } },
]
const total = add(...day.map(({ each, times: factor }) => times(each, factor)))

/** What any of the others needs besides: where the settings are kept, read at each connect and written at each update. */
const state = add(
  times(paths.me, CONNECTS),
  times({ ...paths.update, message: 0, gigabyteOut: 0 }, UPDATES),
  times({ ...none, gigabyteOut: (UPDATES * MEMBERS * BYTES_PER_DOCUMENT) / 1e9 }, 1),
)
const deliveries = UPDATES * MEMBERS
const minutes = CONNECTS * CONNECTED_MINUTES
const elsewhere = [
  { who: 'Grantwire', transport: dollarsOf(total), state: 0, monthly: 0 },
  {
    who: 'AppSync Events',
    // Each connection subscribes to its group and to its user.
    transport:
      (CONNECTS + 2 * CONNECTS + UPDATES + deliveries) * APPSYNC_EVENTS.operation.dollars +
      minutes * APPSYNC_EVENTS.connectionMinute.dollars,
    state: dollarsOf(state),
    monthly: 0,
  },
  {
    who: 'Ably',
    // A channel for each group and each user, for as long as somebody is attached.
    transport:
      (UPDATES + deliveries) * ABLY.message.dollars +
      minutes * ABLY.connectionMinute.dollars +
      (GROUPS + USERS) * 3 * CONNECTED_MINUTES * ABLY.channelMinute.dollars,
    state: dollarsOf(state),
    monthly: ABLY.monthlyPackage.dollars,
  },
  { who: 'Pusher Channels', transport: 0, state: dollarsOf(state), monthly: PUSHER.monthlyPlan.dollars },
].map(row => ({ ...row, day: row.transport + row.state + row.monthly / DAYS_A_MONTH }))

const cents = (dollars: number): number => dollars * 100
const lines = Object.keys(AWS) as (keyof typeof AWS)[]
print(
  {
    bench: 'cost',
    tables: [
      {
        name: 'paths',
        title: `What each path takes, counted on a run of two groups of ${MEMBERS}`,
        columns: {
          what: 'path',
          times: 'times a day',
          message: 'messages',
          lambdaRequest: 'invocations',
          lambdaGbSecond: 'GB-s',
          readUnit: 'read units',
          writeUnit: 'write units',
          sqsRequest: 'SQS requests',
          cents: 'cents a day',
        },
        rows: day.map(({ what, times: factor, each }) => ({
          what,
          times: factor,
          ...each,
          cents: cents(dollarsOf(each) * factor),
        })),
      },
      {
        name: 'bill',
        title: `The bill of the day, at the list prices of ${PRICES_OF} (us-east-1)`,
        columns: { line: 'unit', quantity: 'quantity', cents: 'cents' },
        rows: [
          ...lines.map(line => ({
            line: AWS[line].unit,
            quantity: total[line],
            cents: cents(total[line] * AWS[line].dollars),
          })),
          { line: 'sum', quantity: '', cents: cents(dollarsOf(total)) },
        ],
      },
      {
        name: 'elsewhere',
        title: 'The same day elsewhere, in cents; state is our own GET /me at each connect, and updates without posts',
        columns: { who: 'service', transport: 'transport', state: 'state', monthly: 'fixed, $ a month', day: 'day' },
        rows: elsewhere.map(({ who, transport, state: kept, monthly, day: all }) => ({
          who,
          transport: cents(transport),
          state: cents(kept),
          monthly,
          day: cents(all),
        })),
      },
    ],
  },
  values,
)
