import { gzipSync } from 'node:zlib'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf, startStage, type Stage } from './support/stage.ts'

/** Script of the member page at most, in bytes after gzip. */
const SCRIPT_BUDGET = 120_000

const SHOTS = fileURLToPath(new URL('screenshots/', import.meta.url))

let stage: Stage
let axe: string
beforeAll(async () => {
  stage = await startStage()
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
})
afterEach(() => stage.leave())
afterAll(() => stage.close())

/** What axe finds wrong with the page, without its frames, which are pages of their own. */
async function violations(page: Page): Promise<string[]> {
  // The protocol's evaluation is not held back by the page's content security policy, which allows no foreign script.
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('Runtime.evaluate', { expression: axe })
  const expression = 'axe.run(document, { iframes: false }).then(found => JSON.stringify(found))'
  const { result } = await inspector.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  await inspector.detach()
  const found = JSON.parse(String(result.value)) as AxeResults
  expect(found.passes.length).toBeGreaterThan(0)
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1200, height: 860 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1200, height: 860 } },
  { name: 'mobile', colorScheme: 'light', viewport: { width: 390, height: 800 } },
] as const

describe.each(LOOKS)('in $name', ({ name, ...context }) => {
  /** Visits a page, takes its picture, and expects nothing to be wrong with it. */
  async function visit(page: Page, path: string, ready: string, shot: string): Promise<void> {
    const complaints = complaintsOf(page.context())
    await page.goto(new URL(path, stage.consoleUrl).href)
    await page.getByText(ready).first().waitFor()
    await page.screenshot({ path: `${SHOTS}${name}-${shot}.png`, fullPage: true, animations: 'disabled' })
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
  }

  it('the admin’s pages have nothing that keeps anybody out', async () => {
    const page = await stage.signIn('alice', '/', context)
    await visit(page, '/', 'Manage engineering', 'home')
    await visit(page, '/admin/engineering', 'Other settings', 'settings')
    await visit(page, '/admin/engineering/members', 'carol', 'members')
    await visit(page, '/admin/engineering/history', 'Versions', 'history')
    await visit(page, '/admin/engineering/presence', 'Online now', 'presence')
    await visit(page, '/admin/engineering/events', 'Send an event', 'events')
    await visit(page, '/nowhere', 'There is no such page', 'missing')
  })

  it('neither has an edit that is under way', async () => {
    const page = await stage.signIn('alice', '/admin/engineering', context)
    await page.getByRole('switch', { name: 'invoice.approve' }).click()
    await page.getByLabel('theme', { exact: true }).fill('another')
    await page.screenshot({ path: `${SHOTS}${name}-edit.png`, animations: 'disabled' })
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.getByLabel('Settings as JSON').fill('{')
    expect(await violations(page)).toEqual([])
  })

  it('neither has a conflict, nor what follows a save', async () => {
    const page = await stage.signIn('alice', '/admin/engineering', context)
    const member = await stage.signIn('bob', '/member', context)
    const other = await stage.signIn('alice', '/admin/engineering')
    const field = page.getByLabel('theme', { exact: true })
    const before = await field.inputValue()
    await field.fill(`${before} mine`)
    await other.getByLabel('theme', { exact: true }).fill(`${before} theirs`)
    await other.getByRole('button', { name: 'Save' }).click()
    await page.getByText('You both changed these keys.').waitFor()
    await page.screenshot({ path: `${SHOTS}${name}-conflict.png`, fullPage: true, animations: 'disabled' })
    expect(await violations(page)).toEqual([])

    await page.getByRole('button', { name: /Go on with version/ }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/Delivered to/).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Presence' }).click()
    await page.getByText(/2 of 2 on version/).waitFor()
    await page.screenshot({ path: `${SHOTS}${name}-delivered.png`, fullPage: true, animations: 'disabled' })
    expect(await violations(page)).toEqual([])
    await member.getByText(`theme is ${before} mine`).waitFor()
    await member.screenshot({ path: `${SHOTS}${name}-feed.png`, fullPage: true, animations: 'disabled' })
    expect(await violations(member)).toEqual([])
  })

  it('neither have the pages of members and guests', async () => {
    const page = await stage.signIn('bob', '/', context)
    await visit(page, '/', 'See what you may do', 'home-member')
    await visit(page, '/member', 'What I may do', 'member')
    await visit(page, '/admin/engineering', 'You are not an admin of engineering', 'refused')
    const guest = await (await stage.browser.newContext(context)).newPage()
    await visit(guest, '/', 'Sign in', 'sign-in')
    await visit(guest, '/demo', 'Side by side', 'demo')
  })
})

it('the theme that one chooses is kept', async () => {
  const page = await stage.signIn('bob', '/member', { colorScheme: 'light' })
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await background()
  await page.getByLabel('Theme').selectOption('dark')
  const dark = await background()
  expect(dark).not.toBe(light)
  await page.reload()
  expect(await background()).toBe(dark)
})

it('the member page stays within its budget of script', async () => {
  const page = await stage.signIn('bob', '/member')
  const scripts: Promise<Buffer>[] = []
  page.on('response', response => {
    if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response.body())
  })
  await page.reload({ waitUntil: 'networkidle' })
  const sizes = (await Promise.all(scripts)).map(script => gzipSync(script).length)
  expect(sizes.length).toBeGreaterThan(0)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(SCRIPT_BUDGET)
})
