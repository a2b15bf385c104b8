import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, inject } from 'vitest'
import { restore } from './restore.ts'
import { chooseAccount, isLive } from './person.ts'

type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>

/** What all the browser tests share. */
export interface Shared {
  consoleUrl: string
  httpUrl: string
  issuer: string
  /** Where the one Chromium listens. */
  browserUrl: string
  /** The browser's storage of each person after a sign-in. */
  signedIn: Record<string, Awaited<ReturnType<BrowserContext['storageState']>>>
}

declare module 'vitest' {
  interface ProvidedContext {
    shared: Shared
  }
}

export interface Stage extends Shared {
  browser: Browser
  /** A browser of its own for one person who is signed in already, live at `path`. */
  enter(user: string, path?: string, context?: ContextOptions): Promise<Page>
  /** The same, through the provider's page, with tokens that no other test has. */
  signIn(user: string, path?: string, context?: ContextOptions): Promise<Page>
  /** A browser of its own for nobody. */
  guest(path?: string, context?: ContextOptions): Promise<Page>
}

/** Gives a file of tests the stage, with the groups as they were in the beginning; each test's browsers close after it. */
export function useStage(): Stage {
  const stage = { ...inject('shared') } as Stage
  beforeAll(async () => {
    await restore(stage)
    stage.browser = await chromium.connect(stage.browserUrl)
  })
  afterEach(async () => {
    for (const context of stage.browser.contexts()) await context.close()
  })
  afterAll(() => stage.browser.close())

  const open = async (path: string, options: ContextOptions) => {
    const context = await stage.browser.newContext(options)
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    await page.goto(new URL(path, stage.consoleUrl).href)
    return page
  }
  stage.guest = (path = '/', options = {}) => open(path, options)
  stage.enter = async (user, path = '/', options = {}) => {
    const storageState = stage.signedIn[user]
    const page = await open(path, { ...options, ...(storageState === undefined ? {} : { storageState }) })
    await isLive(page)
    return page
  }
  stage.signIn = async (user, path = '/', options = {}) => {
    const page = await open(path, options)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await chooseAccount(page, user)
    await isLive(page)
    return page
  }
  return stage
}
