import type { BrowserContext, Page } from 'playwright-core'

/** Clicks an account on the provider's page. */
export async function chooseAccount(page: Pick<Page, 'getByRole'>, user: string): Promise<void> {
  await page.getByRole('button', { name: user, exact: true }).click()
}

export const isLive = (page: Pick<Page, 'getByText'>): Promise<void> =>
  page.getByText('Live', { exact: true }).waitFor()

export interface StoredSession {
  access_token: string
  refresh_token?: string
  profile: { aud: string }
}

/** What the console keeps in the browser's storage for the person who is signed in; undefined where nobody is. */
export async function storedSession(page: Page): Promise<StoredSession | undefined> {
  const { origins } = await page.context().storageState()
  const stored = origins.flatMap(origin => origin.localStorage).find(({ name }) => name.startsWith('grantwire..user:'))
  return stored && (JSON.parse(stored.value) as StoredSession)
}

/** Notes everything that the page complains of: errors, refused content, failed requests of scripts and styles. */
export function complaintsOf(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('weberror', failure => complaints.push(failure.error().message))
  context.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}
