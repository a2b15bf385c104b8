import { describe, expect, it } from 'vitest'
import { chooseAccount, isLive } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

describe('the demo', () => {
  it('has four people in one window, who each sign in for themselves, and three follow the first', async () => {
    const page = await (await stage.browser.newContext({ viewport: { width: 1400, height: 1000 } })).newPage()
    await page.goto(new URL('/demo', stage.consoleUrl).href)
    const frame = (user: string) => page.frameLocator(`iframe[src*="as=${user}"]`)
    for (const user of ['alice', 'bob', 'carol', 'dana']) {
      const opened = page.waitForEvent('popup')
      await frame(user)
        .getByRole('button', { name: `Sign in as ${user}` })
        .click()
      await chooseAccount(await opened, user)
      await isLive(frame(user))
    }
    const toggle = frame('alice').getByRole('switch', { name: 'report.export' })
    const wanted = !(await toggle.isChecked())
    await toggle.setChecked(wanted)
    await frame('alice').getByRole('button', { name: 'Save' }).click()
    for (const user of ['bob', 'carol'])
      await frame(user)
        .getByText(`alice changed engineering: report.export is ${String(wanted)}`)
        .waitFor()
    expect(await frame('dana').getByText('Nothing changed yet').count()).toBe(1)
    await page.screenshot({ path: 'test/browser/screenshots/demo.png', fullPage: true })
  })
})
