import { parseArgs } from 'node:util'
import { startLocalRun } from '../test/support/local-run.ts'
import type { DriverInput, Seen } from './patch-to-socket/driver.ts'
import { PARTS, partsOf, type Mark } from './patch-to-socket/parts.ts'
import { startSocketIo } from './patch-to-socket/socket-io.ts'
import { inChild } from './support/child.ts'
import { median, print, sizesOf } from './support/report.ts'

/**
 * How long it takes from an admin's PATCH to the last of the members' sockets: on the local run, and by Socket.IO with Express
 * in one process. The browsers of both are in a process of their own.
 *   npm run bench:patch-to-socket [-- --json] [-- --sockets 50] [-- --updates 30]
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sockets: { type: 'string', default: '1,50,200,1000' },
    updates: { type: 'string', default: '30' },
  },
})
const updates = Math.min(Number(values.updates), 200)
const warmUp = 10
/** Members of the group at most; they share the sockets. */
const MEMBERS = 50

const drive = (input: Omit<DriverInput, 'updates' | 'warmUp'>): Promise<Seen[]> =>
  inChild<Seen[]>(`${import.meta.dirname}/patch-to-socket/driver.ts`, { ...input, updates, warmUp })

const lastSocket = (seen: readonly Seen[]): number => median(seen.map(update => update.lastSocketAt - update.sentAt))
const answer = (seen: readonly Seen[]): number => median(seen.map(update => update.answeredAt - update.sentAt))
const headers = { 'content-type': 'application/merge-patch+json' }

async function socketIo(sockets: number): Promise<Seen[]> {
  const server = await startSocketIo()
  try {
    const { url } = server
    return await drive({
      kind: 'socket.io',
      patchUrl: `${url}/user/bob`,
      headers,
      socketUrl: url,
      sockets,
      tokens: [],
    })
  } finally {
    await server.close()
  }
}

async function grantwire(sockets: number) {
  const marks: Mark[] = []
  /** CPU used up to the end of each update, ms. */
  const cpu: { ours: number; all: number }[] = []
  const mark = (action: string, table: unknown): void =>
    void marks.push({ action, table: String(table), at: performance.timeOrigin + performance.now() })
  const run = await startLocalRun({
    onCall: ({ action, body }) => mark(action, body['TableName']),
    onPost: () => mark('execute-api:POST', undefined),
    onInvoked(logicalId) {
      if (!logicalId.includes('UpdateSettings')) return
      const { user, system } = process.cpuUsage()
      const ours = run.stack.bill.snapshot().lambda['update-settings']?.cpuMs ?? NaN
      cpu.push({ ours, all: (user + system) / 1000 })
    },
  })
  try {
    const members = Array.from({ length: Math.min(MEMBERS, sockets) }, (_, i) => `member-${i}`)
    await run.makeGroup('bench', 'alice', members, { flag: false })
    const tokens = await Promise.all(members.map(member => run.token(member)))
    const authorization = `Bearer ${await run.token('alice')}`
    const seen = await drive({
      kind: 'grantwire',
      patchUrl: `${run.stack.httpUrl}/groups/bench`,
      headers: { ...headers, authorization },
      socketUrl: run.stack.webSocketUrl,
      sockets,
      tokens,
    })
    const spent = (of: 'ours' | 'all'): number =>
      median(cpu.slice(-updates).map((now, i, last) => now[of] - (last[i - 1] ?? now)[of]))
    const [ours, all] = [spent('ours'), spent('all')]
    return { seen, parts: partsOf(seen, marks), ours, emulator: all - ours }
  } finally {
    await run.close()
  }
}

const rows = []
for (const sockets of sizesOf(values.sockets, 1_000)) {
  const theirs = await socketIo(sockets)
  const ours = await grantwire(sockets)
  rows.push({
    sockets,
    answer: answer(ours.seen),
    lastSocket: lastSocket(ours.seen),
    socketIo: lastSocket(theirs),
    ratio: lastSocket(ours.seen) / lastSocket(theirs),
    ...ours.parts,
    ours: ours.ours,
    emulator: ours.emulator,
    share: (100 * ours.ours) / (ours.ours + ours.emulator),
  })
}
print(
  {
    bench: 'patch-to-socket',
    tables: [
      {
        name: 'lastSocket',
        title: `PATCH to the last socket, medians of ${updates} updates`,
        columns: {
          sockets: 'sockets',
          answer: 'PATCH answered (ms)',
          lastSocket: 'last socket (ms)',
          socketIo: 'Socket.IO + Express (ms)',
          ratio: 'times Socket.IO',
        },
        rows,
      },
      {
        name: 'parts',
        title: 'Where the time to the last socket goes (ms)',
        columns: { sockets: 'sockets', ...Object.fromEntries(PARTS.map(part => [part, part])) },
        rows,
      },
      {
        name: 'cpu',
        title: 'Whose CPU an update takes: that of the update Lambda is ours; gateway, database and queue are emulated',
        columns: {
          sockets: 'sockets',
          ours: 'update Lambda (ms)',
          emulator: 'emulator (ms)',
          share: 'ours (%)',
        },
        rows,
      },
    ],
    goals: rows
      .filter(({ sockets }) => sockets === 50 || sockets === 1_000)
      .map(({ sockets, ratio }) => ({
        goal: `times Socket.IO at ${sockets} sockets`,
        value: ratio,
        atMost: sockets === 50 ? 5 : 6,
      })),
  },
  values,
)
