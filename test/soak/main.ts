import { randomInt } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { soak } from './soak.ts'

/**
 * `npm run soak`: 1,000 browsers, 20 groups and 10 minutes of everything that can go wrong; exits with 1 where a guarantee was
 * broken or the soak did not come to its end. Ctrl-C ends it at once, with what there is by then. `-- --seed 7` repeats what was
 * drawn in another run; `-- --sockets 100 --groups 5 --seconds 30` makes it smaller; `-- --json` prints one line of JSON;
 * `-- --trace soak.log` writes the log of the whole system to a file.
 */
const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '1000' },
    groups: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string' },
    trace: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

/** A number of the command line. @throws Error where it is none from `least` to `most` */
function whole(name: 'sockets' | 'groups' | 'seconds' | 'seed', least: number, most: number): number {
  const number = Number(values[name] ?? randomInt(most))
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`--${name} must be a whole number from ${least} to ${most}.`)
  return number
}

const size = {
  sockets: whole('sockets', 2, 5_000),
  groups: whole('groups', 2, 200),
  seconds: whole('seconds', 1, 7_200),
  seed: whole('seed', 0, 2 ** 31),
}
const trace = values.trace === undefined ? undefined : createWriteStream(values.trace)
const time = (): string => new Date().toISOString().slice(11, 23)

process.exitCode = 1
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`stopped by ${name}`)))
process.on('uncaughtException', error => {
  console.error(error)
  stop.abort(error)
})

const report = await soak({
  ...size,
  concurrency: 4,
  tokenSeconds: 30,
  pace: { update: 1_600, membership: 600, cut: 800, storm: 15_000 },
  signal: stop.signal,
  log: line => console.error(`${time()}  ${line}`),
  trace: line => trace?.write(`${time()}  ${line}\n`),
})
const { violations, ...figures } = report
if (values.json) console.log(JSON.stringify(report))
else {
  console.log(figures)
  for (const violation of violations) console.log(violation)
  const { lost = 0, leaked = 0 } = report.broken
  console.log(`Lost: ${lost}. Leaked: ${leaked}.`)
  if (violations.length > 0) console.log(`A guarantee was broken, or the soak did not end: --seed ${report.seed}`)
}
if (violations.length === 0) process.exitCode = 0
trace?.end()
