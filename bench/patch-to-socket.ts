import { parseArgs } from 'node:util'
import { startLocalRun } from '../test/support/local-run.ts'
import { median, print, sizesOf } from './support/report.ts'

/**
 * How long it takes from an admin's PATCH to the last of the members' sockets, on the local run.
 *   npm run bench:patch-to-socket [-- --json] [-- --sockets 50] [-- --runs 30]
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sockets: { type: 'string', default: '1,50,200' },
    runs: { type: 'string', default: '30' },
  },
})
const runs = Math.min(Number(values.runs), 200)

async function measure(sockets: number) {
  const run = await startLocalRun()
  try {
    await run.makeGroup('bench', 'alice', ['bob'], { flag: false })
    const members = []
    for (let i = 0; i < sockets; i++) members.push(await run.join('bob'))
    const answers: number[] = []
    const last: number[] = []
    for (let i = 0; i < runs + 3; i++) {
      const started = performance.now()
      const arrived = Promise.all(members.map(member => member.next('UserUpdated'))).then(
        () => performance.now() - started,
      )
      await run.expect(200, 'alice', 'PATCH', '/groups/bench', { flag: i % 2 === 0, i })
      const answered = performance.now() - started
      const reached = await arrived
      // The first ones warm up: cold Lambdas are another question.
      if (i < 3) continue
      answers.push(answered)
      last.push(reached)
    }
    return { sockets, answer: median(answers), lastSocket: median(last) }
  } finally {
    await run.close()
  }
}

const rows = []
for (const sockets of sizesOf(values.sockets, 1_000)) rows.push(await measure(sockets))
print(
  {
    bench: 'patch-to-socket',
    tables: [
      {
        name: 'sockets',
        title: `PATCH to the last socket, medians of ${runs} updates`,
        columns: { sockets: 'sockets', answer: 'PATCH answered (ms)', lastSocket: 'last socket (ms)' },
        rows,
      },
    ],
  },
  values,
)
