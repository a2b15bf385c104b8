import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { ACCOUNTS, seed } from '../../../local/seed.ts'
import { startStack } from '../../../local/stack.ts'
import { serveChromium } from '../../support/chromium.ts'
import { chooseAccount, isLive } from './person.ts'
import type { Shared } from './stage.ts'

/** One local run, one Chromium and one sign-in of each person for all the browser tests, which run one after another. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack({ assembly: 'cdk.out', accounts: ACCOUNTS, log: () => undefined })
  await seed(stack)
  const server = await serveChromium()
  const browser = await chromium.connect(server.wsEndpoint())
  const signedIn: Shared['signedIn'] = {}
  for (const user of ACCOUNTS) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(stack.consoleUrl)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await chooseAccount(page, user)
    await isLive(page)
    signedIn[user] = await context.storageState()
    await context.close()
  }
  await browser.close()
  const { consoleUrl, httpUrl, issuer } = stack
  project.provide('shared', { consoleUrl, httpUrl, issuer, browserUrl: server.wsEndpoint(), signedIn })
  return async () => {
    await server.close()
    await stack.close()
  }
}
