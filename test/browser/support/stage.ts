import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../support/chromium.ts'
import { openStack, type OpenStack } from './stack.ts'

export interface Stage extends OpenStack {
  browser: Browser
  /** A browser of its own for one person, signed in and live at `path`. */
  signIn(user: string, path?: string, context?: Parameters<Browser['newContext']>[0]): Promise<Page>
  /** Closes every person's browser. */
  leave(): Promise<void>
  close(): Promise<void>
}

/** The local run with a Chromium in front of it. */
export async function startStage(): Promise<Stage> {
  const stack = await openStack()
  const browser = await launchChromium()
  return {
    ...stack,
    browser,
    async signIn(user, path = '/', options = {}) {
      const context = await browser.newContext(options)
      context.setDefaultTimeout(15_000)
      const page = await context.newPage()
      await page.goto(new URL(path, stack.consoleUrl).href)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await chooseAccount(page, user)
      await isLive(page)
      return page
    },
    async leave() {
      for (const context of browser.contexts()) await context.close()
    },
    async close() {
      await browser.close()
      await stack.close()
    },
  }
}

/** Clicks an account on the provider's page. */
export async function chooseAccount(page: Pick<Page, 'getByRole'>, user: string): Promise<void> {
  const name = new RegExp(`\\b${user}\\b`)
  await page.getByRole('button', { name }).or(page.getByRole('link', { name })).first().click()
}

export const isLive = (page: Pick<Page, 'getByText'>): Promise<void> =>
  page.getByText('Live', { exact: true }).waitFor()

/** Notes everything that the page complains of: errors, refused content, failed requests of scripts and styles. */
export function complaintsOf(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('weberror', failure => complaints.push(failure.error().message))
  context.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}

/** What the console keeps in the browser's storage for the person who is signed in; undefined where nobody is. */
export async function storedSession(page: Page): Promise<{ access_token: string } | undefined> {
  const { origins } = await page.context().storageState()
  const stored = origins.flatMap(origin => origin.localStorage).find(({ name }) => name.startsWith('grantwire..user:'))
  return stored && (JSON.parse(stored.value) as { access_token: string })
}
