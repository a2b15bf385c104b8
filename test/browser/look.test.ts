import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { look } from './support/look.ts'
import { complaintsOf } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()
const LOOK = { viewport: { width: 1200, height: 860 } }

describe('in light, in dark and on a phone nothing keeps anybody out of', () => {
  it('the pages of an admin', async () => {
    const page = await stage.enter('alice', '/', LOOK)
    const complaints = complaintsOf(page.context())
    await page.getByText('Manage engineering').waitFor()
    await look(page, 'home')
    await page.getByText('Manage engineering').click()
    await page.getByText('Other settings').waitFor()
    await look(page, 'settings')
    for (const [tab, ready] of [
      ['Members', 'carol'],
      ['History', 'Versions'],
      ['Presence', 'Online now'],
      ['Events', 'Send an event'],
    ] as const) {
      await page.getByRole('link', { name: tab }).click()
      await page.getByText(ready).first().waitFor()
      await look(page, tab.toLowerCase())
    }
    expect(complaints).toEqual([])
  })

  it('an edit under way, typed as JSON', async () => {
    const page = await stage.enter('alice', '/admin/engineering', LOOK)
    await page.getByRole('switch', { name: 'invoice.approve' }).click()
    await page.getByLabel('theme', { exact: true }).fill('another')
    await look(page, 'edit')
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.getByLabel('Settings as JSON').fill('{')
    await look(page, 'json')
  })

  it('a conflict, and what follows a save', async () => {
    const page = await stage.enter('alice', '/admin/engineering', LOOK)
    const member = await stage.enter('bob', '/member', LOOK)
    const other = await stage.enter('alice', '/admin/engineering')
    await page.getByLabel('theme', { exact: true }).fill('mine')
    await other.getByLabel('theme', { exact: true }).fill('theirs')
    await other.getByRole('button', { name: 'Save' }).click()
    await page.getByText('You both changed these keys.').waitFor()
    await look(page, 'conflict')

    await page.getByRole('button', { name: /Go on with version/ }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/Delivered to/).waitFor()
    await look(page, 'saved')
    await page.getByRole('link', { name: 'Presence' }).click()
    await page.getByText(/2 of 2 on version/).waitFor()
    await look(page, 'delivered')
    await member.getByText('theme is mine').waitFor()
    await look(member, 'feed')
  })

  it('the pages of members and guests', async () => {
    const page = await stage.enter('bob', '/', LOOK)
    const visit = async (path: string, ready: string, shot: string, at: Page = page) => {
      await at.goto(new URL(path, stage.consoleUrl).href)
      await at.getByText(ready).first().waitFor()
      await look(at, shot)
    }
    await look(page, 'home-member')
    await visit('/member', 'report.view', 'member')
    await visit('/admin/engineering', 'You are not an admin of engineering', 'refused')
    await visit('/nowhere', 'There is no such page', 'missing')
    const guest = await stage.guest('/', LOOK)
    await visit('/', 'Sign in', 'sign-in', guest)
    await guest.getByRole('button', { name: 'Sign in' }).click()
    await guest.getByText('choose who you are').waitFor()
    await look(guest, 'accounts')
    await visit('/demo', 'Side by side', 'demo', guest)
  })
})

it('the theme that one chooses is kept', async () => {
  const page = await stage.enter('bob', '/member', { colorScheme: 'light' })
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await background()
  await page.getByRole('button', { name: 'Account of bob' }).click()
  await page.getByLabel('Theme').selectOption('dark')
  const dark = await background()
  expect(dark).not.toBe(light)
  await page.reload()
  expect(await background()).toBe(dark)
})
