import { ACCOUNTS, seed } from '../../../local/seed.ts'
import { startStack } from '../../../local/stack.ts'

/** What the browser tests need of the local run. */
export interface OpenStack {
  consoleUrl: string
  httpUrl: string
}

/** A local run of its own, on any free port, with the demo's people and groups. */
export async function openStack(): Promise<OpenStack & { close(): Promise<void> }> {
  const stack = await startStack({ assembly: 'cdk.out', accounts: ACCOUNTS, log: () => undefined })
  await seed(stack)
  return { consoleUrl: stack.consoleUrl, httpUrl: stack.httpUrl, close: () => stack.close() }
}
