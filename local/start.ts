import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createBillServer } from './billing/server.ts'
import { readPlan } from './faults/plan.ts'
import { ACCOUNTS, seed } from './seed.ts'
import { startStack, type LocalStack } from './stack.ts'

const root = resolve(import.meta.dirname, '..')
const RUNNING = resolve(root, '.grantwire/local.json')

/** Synthesizes with the CDK's own command: what runs here is what it would deploy. */
function synthesize(): void {
  console.log('Synthesizing the stack …')
  const { status } = spawnSync(process.execPath, ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('cdk synth failed; its messages are above.')
}

function readPort(): number {
  const text = process.env['PORT'] ?? '3000'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65_532)) throw new Error(`PORT must be a number from 0 to 65532, not ${text}.`)
  return port
}

function announce({ consoleUrl, httpUrl, webSocketUrl, managementUrl, issuer }: LocalStack, billUrl: string): void {
  mkdirSync(resolve(root, '.grantwire'), { recursive: true })
  writeFileSync(
    RUNNING,
    `${JSON.stringify({ consoleUrl, httpUrl, webSocketUrl, managementUrl, issuer, billUrl, pid: process.pid }, null, 2)}\n`,
  )
  console.log(`
Grantwire runs on this machine.

  Console     ${consoleUrl}
  Side by side ${consoleUrl}/demo
  HTTP API    ${httpUrl}
  WebSocket   ${webSocketUrl}
  Sign-in     ${issuer}

Open the console, sign in as alice and open engineering. In another browser profile (or a private window) sign in as bob
and open ${consoleUrl}/member. Flip a permission as alice: bob's page changes.
A token for curl: npm run --silent token -- alice
What AWS would bill so far: npm run --silent bill
Ctrl-C stops it.
`)
}

async function main(): Promise<void> {
  const port = readPort()
  const { values } = parseArgs({ options: { faults: { type: 'string' } } })
  const { rules, ...faults } = values.faults === undefined ? { rules: [] } : readPlan(values.faults)
  synthesize()
  const endpoint = process.env['DYNAMODB_ENDPOINT']
  const stack = await startStack({
    assembly: resolve(root, 'cdk.out'),
    port,
    accounts: ACCOUNTS,
    ...(endpoint === undefined ? {} : { dynamoDbEndpoint: endpoint }),
    faults,
  })
  const stop = (): void => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    rmSync(RUNNING, { force: true })
    console.log('Stopping …')
    stack.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  await seed(stack)
  stack.bill.reset()
  const billing = createBillServer(stack.bill).listen(0, '127.0.0.1')
  await once(billing, 'listening')
  announce(stack, `http://127.0.0.1:${(billing.address() as AddressInfo).port}`)
  // Nothing goes wrong before there is something to look at.
  for (const rule of rules) stack.faults.add(rule)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  // Servers that are up already must not keep a run that has failed.
  process.exit()
})
