import { parseArgs } from 'node:util'
import { startLocalRun } from '../test/support/local-run.ts'

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
const sizes = values.sockets.split(',').map(size => Math.min(Number(size), 1_000))

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN

interface Row {
  sockets: number
  /** Medians, ms. */
  answer: number
  lastSocket: number
}

async function measure(sockets: number): Promise<Row> {
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

const rows: Row[] = []
for (const size of sizes) rows.push(await measure(size))
if (values.json) console.log(JSON.stringify({ runs, rows }))
else {
  console.log(`PATCH to the last socket, medians of ${runs} updates (ms)`)
  console.table(
    rows.map(({ sockets, answer, lastSocket }) => ({
      sockets,
      'PATCH answered': Math.round(answer * 10) / 10,
      'last socket': Math.round(lastSocket * 10) / 10,
    })),
  )
}
