import { buildSync } from 'esbuild'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { bundleFolder, BUNDLING, bundleFunctions } from '../infra/constructs/bundle.ts'
import { FUNCTION_NAMES } from '../infra/constructs/functions.ts'
import { median, print } from './support/report.ts'

/**
 * How long each bundle takes to load in a fresh process, and its size, beside a bundle that has nothing but the DynamoDB client
 * of the AWS SDK.
 *   npm run bench:load [-- --json] [-- --runs 11]
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '11' } },
})
const runs = Math.min(Number(values.runs), 50)

const SDK = 'DynamoDB SDK alone'
const folder = mkdtempSync(join(tmpdir(), 'grantwire-load-'))
bundleFunctions(FUNCTION_NAMES)
buildSync({
  ...BUNDLING,
  entryPoints: [join(import.meta.dirname, 'support/sdk-alone.ts')],
  outfile: join(folder, 'index.js'),
})
writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
const bundles = new Map([[SDK, folder], ...FUNCTION_NAMES.map(name => [name, bundleFolder(name)] as const)])

/** What the stack gives; a load reads it and calls nobody. */
const address = 'https://example.com/a'
const env = {
  AWS_REGION: 'us-east-1',
  ALLOWED_ORIGINS: address,
  AUDIENCE: 'a',
  CONNECTIONS_TABLE: 'a',
  CONNECTIONS_URL: address,
  FAN_OUT_QUEUE_URL: address,
  ISSUER: address,
  RETENTION_DAYS: '365',
  SETTINGS_TABLE: 'a',
}
/** Plain CommonJS: types that are stripped would load half of Node before the clock starts. */
const SCRIPT = `const started = process.hrtime.bigint(), cpu = process.cpuUsage()
require(process.argv[1])
const { user, system } = process.cpuUsage(cpu)
process.stdout.write(JSON.stringify([Number(process.hrtime.bigint() - started) / 1e6, (user + system) / 1e3]))`

async function load(bundle: string): Promise<[wall: number, cpu: number]> {
  const args = ['--input-type=commonjs', '--eval', SCRIPT, join(bundle, 'index.js')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout) as [number, number]
}

const sizes = new Map([...bundles].map(([name, bundle]) => [name, statSync(join(bundle, 'index.js')).size]))
const times = new Map([...bundles.keys()].map(name => [name, { wall: [] as number[], cpu: [] as number[] }]))
try {
  // Round by round, so that a busy moment of the machine meets all of them.
  for (let run = 0; run < runs; run++)
    for (const [name, bundle] of bundles) {
      const [wall, cpu] = await load(bundle)
      times.get(name)?.wall.push(wall)
      times.get(name)?.cpu.push(cpu)
    }
} finally {
  rmSync(folder, { recursive: true })
}

const cpuOf = (name: string) => median(times.get(name)?.cpu ?? [])
print(
  {
    bench: 'load',
    tables: [
      {
        name: 'bundles',
        title: `Loading a bundle in a fresh process, medians of ${runs}`,
        columns: {
          name: 'bundle',
          size: 'size (KB)',
          wall: 'time (ms)',
          cpu: 'CPU (ms)',
          ratio: 'CPU, of the SDK alone',
        },
        rows: [...sizes].map(([name, size]) => ({
          name,
          size: size / 1024,
          wall: median(times.get(name)?.wall ?? []),
          cpu: cpuOf(name),
          ratio: cpuOf(name) / cpuOf(SDK),
        })),
      },
    ],
    goals: [
      {
        goal: 'update-settings takes at most 1.2 times the SDK alone (60 ms to 50)',
        value: cpuOf('update-settings') / cpuOf(SDK),
        atMost: 1.2,
      },
      {
        goal: 'authorize takes at most half of the SDK alone (25 ms to 50)',
        value: cpuOf('authorize') / cpuOf(SDK),
        atMost: 0.5,
      },
    ],
  },
  values,
)
