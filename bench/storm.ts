import { parseArgs } from 'node:util'
import { histogram, storm } from '../test/web/client/support/storm.ts'
import { print, type Table } from './support/report.ts'

/**
 * What a server sees when many clients lose their connection at the same moment: real clients on a virtual clock and network,
 * before a server that takes 500 new connections a second, as API Gateway does.
 *   npm run bench:storm [-- --json] [-- --clients 500]
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, clients: { type: 'string', default: '500' } },
})
const clients = Math.min(Number(values.clients), 2_000)

const table = (name: string, title: string, times: readonly number[], width: number): Table => {
  const rows = histogram(times, width)
  const most = Math.max(...rows.map(({ count }) => count))
  return {
    name,
    title,
    columns: { from: 'from (s)', count: 'count', bar: '' },
    rows: rows.map(({ from, count }) => ({
      from: from / 1_000,
      count,
      bar: '#'.repeat(Math.ceil((count / most) * 40)),
    })),
  }
}
const most = (times: readonly number[], width: number): number =>
  Math.max(...histogram(times, width).map(({ count }) => count))

const cut = await storm(clients, 0, 500, 600_000)
const outage = await storm(clients, 20_000, 500, 120_000)
print(
  {
    bench: 'storm',
    tables: [
      table('cut', `${clients} clients cut at once: attempts to connect`, cut.attempts, 150),
      table('keepAlives', 'The keep-alives that follow', cut.keepAlives, 5_000),
      table('outage', 'The same, and the server is down for 20 s: attempts to connect', outage.attempts, 2_000),
      table('back', 'and when they were connected again', outage.connected, 1_000),
    ],
    goals: [
      { goal: 'clients that came back', value: cut.connected.length, atLeast: clients },
      { goal: 'attempts for each client', value: cut.attempts.length / clients, atMost: 1 },
      { goal: 'connections lost again', value: cut.lostAgain + outage.lostAgain, atMost: 0 },
      {
        goal: 'most attempts in a tenth of the window, of 10 % each',
        value: (most(cut.attempts, 150) / clients) * 100,
        atMost: 20,
      },
      {
        goal: 'keep-alives in the fullest second, % of the clients',
        value: (most(cut.keepAlives, 1_000) / clients) * 100,
        atMost: 10,
      },
      { goal: 'last client back after the outage, s', value: Math.max(...outage.connected) / 1_000, atMost: 60 },
    ],
  },
  values,
)
