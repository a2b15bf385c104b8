import { expect, it } from 'vitest'
import { isLive } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

it('the demo signs an admin and three members in by one click, in one window, and two of them follow the admin', async () => {
  const page = await stage.guest('/demo', { viewport: { width: 1440, height: 900 } })
  await page.getByRole('button', { name: 'Sign in all four' }).click()
  const frame = (user: string) => page.frameLocator(`iframe[src*="as=${user}"]`)
  for (const user of ['alice', 'bob', 'carol', 'dana']) await isLive(frame(user))
  await frame('alice').getByRole('switch', { name: 'report.export' }).check()
  await frame('alice').getByRole('button', { name: 'Save' }).click()
  for (const user of ['bob', 'carol'])
    await frame(user).getByText('alice changed engineering: report.export is now allowed').waitFor()
  expect(await frame('dana').getByText('Nothing changed yet').count()).toBe(1)
  await page.screenshot({ path: 'test/browser/screenshots/demo.png', fullPage: true })

  // A provider does not let itself be framed, so a frame opens a window for its sign-in.
  await frame('bob').getByRole('button', { name: 'Sign out' }).click()
  await Promise.all([
    page.waitForEvent('popup').then(popup => popup.waitForEvent('close')),
    frame('bob').getByRole('button', { name: 'Sign in as bob' }).click(),
  ])
  await isLive(frame('bob'))
  await isLive(frame('carol'))
})
