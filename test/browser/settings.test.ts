import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { look } from './support/look.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

const SETTINGS = '/admin/engineering'
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click()
const saved = (page: Page) => page.getByText(/Version \d+ is saved/).waitFor()

/** Lets no pushed version reach the page, as though its connection were slow. */
async function deafen(page: Page): Promise<void> {
  await page.routeWebSocket(/.*/, socket => {
    const server = socket.connectToServer()
    server.onMessage(message => {
      if (!String(message).includes('"UserUpdated"')) socket.send(message)
    })
  })
  await page.reload()
  await page.getByText('Live', { exact: true }).waitFor()
}

describe('the settings of a group', () => {
  it('show the difference before they are saved, and can be discarded', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByLabel('theme', { exact: true }).fill('solarized')
    await page.getByRole('row', { name: 'theme light solarized' }).waitFor()
    await page.getByRole('button', { name: 'Discard' }).click()
    expect(await page.getByLabel('theme', { exact: true }).inputValue()).toBe('light')
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  it('take a new key and lose one', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByLabel('Name, such as report.export').fill('report.share')
    await page.keyboard.press('Enter')
    await page.getByRole('switch', { name: 'report.share' }).check()
    await save(page)
    await saved(page)
    await page.reload()
    await page.getByRole('switch', { name: 'report.share', checked: true }).waitFor()
    await page.getByRole('button', { name: 'Remove report.share' }).click()
    await save(page)
    await saved(page)
    expect(await page.getByRole('switch', { name: 'report.share' }).count()).toBe(0)
  })

  it('typed as JSON are checked, and what is not valid is neither saved nor lost', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    const text = page.getByLabel('Settings as JSON')
    const before = await text.inputValue()
    await text.fill('{ "theme": ')
    await page.getByText(/This is not JSON/).waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('link', { name: 'Settings' }).click()
    expect(await text.inputValue()).toBe('{ "theme": ')
    await text.fill(before)
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  it('hold lists, which are edited as JSON from the form and back, and nothing typed is lost on the way', async () => {
    const page = await stage.enter('alice', SETTINGS)
    const form = page.getByRole('button', { name: 'Form', exact: true })
    const text = page.getByLabel('Settings as JSON')
    await page.getByLabel('theme', { exact: true }).fill('typed in the form')
    await page.getByLabel('Name, such as report.export').fill('regions')
    await page.getByLabel('Kind').selectOption('List')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'Edit as JSON regions' }).click()
    // The view opens at that key, ready to type.
    expect(await page.evaluate<string>('getSelection().toString()')).toBe('"regions"')

    const before = await text.inputValue()
    expect(before).toContain('"theme": "typed in the form"')
    const broken = before.replace('"regions": []', '"regions": ["eu" "us"]')
    await text.fill(broken)
    await page.getByText(/This is not JSON: .*line \d+ column \d+/).waitFor()
    await form.click()
    await page.getByText('Your JSON is not valid yet').waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Go on in the JSON view' }).click()
    expect(await text.inputValue()).toBe(broken)

    await text.fill(broken.replace('"eu" "us"', '"eu", "us"'))
    await form.click()
    expect(await page.getByLabel('theme', { exact: true }).inputValue()).toBe('typed in the form')
    await page.getByRole('row', { name: 'regions not set ["eu","us"]' }).waitFor()
    await save(page)
    await saved(page)
    await page.reload()
    await page.getByText('["eu","us"]').waitFor()
  })

  it('say what keeps them from being saved in either view', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByLabel('maxUploadMb').fill('')
    await page.getByText('maxUploadMb needs a number.').waitFor()
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.getByText('maxUploadMb needs a number.').waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  it('can be changed and saved with the keyboard alone', async () => {
    const page = await stage.enter('alice', SETTINGS)
    const toggle = page.getByRole('switch', { name: 'report.export' })
    const before = await toggle.isChecked()
    await toggle.focus()
    await page.keyboard.press('Space')
    expect(await toggle.isChecked()).toBe(!before)
    await page.keyboard.press('Enter')
    await saved(page)
  })

  it('come together when somebody else was faster and changed other keys', async () => {
    const slow = await stage.enter('alice', SETTINGS)
    const fast = await stage.enter('alice', SETTINGS)
    await slow.getByLabel('theme', { exact: true }).fill('green')
    const toggle = fast.getByRole('switch', { name: 'report.export' })
    const wanted = !(await toggle.isChecked())
    await toggle.setChecked(wanted)
    await save(fast)

    await slow.getByText(/alice saved version \d+ while you were editing/).waitFor()
    await slow.getByRole('button', { name: /Go on with version/ }).click()
    expect(await slow.getByRole('switch', { name: 'report.export' }).isChecked()).toBe(wanted)
    await save(slow)
    await saved(slow)
    await fast.getByLabel('theme', { exact: true }).and(fast.locator('[value=green]')).waitFor()
  })

  it('ask key by key when the server refuses a stale version, and nothing typed is lost', async () => {
    const slow = await stage.enter('alice', SETTINGS)
    await deafen(slow)
    const fast = await stage.enter('alice', SETTINGS)
    await slow.getByLabel('theme', { exact: true }).fill('mine')
    await slow.getByLabel('Name, such as report.export').fill('only.mine')
    await slow.keyboard.press('Enter')
    await fast.getByLabel('theme', { exact: true }).fill('theirs')
    await save(fast)
    await saved(fast)

    await Promise.all([slow.waitForResponse(answer => answer.status() === 412), save(slow)])
    const choice = slow.getByRole('group', { name: 'theme' })
    expect(await choice.getByLabel('Mine: mine').isChecked()).toBe(true)
    await choice.getByLabel('Theirs: theirs').check()
    await slow.getByRole('button', { name: /Go on with version/ }).click()
    expect(await slow.getByLabel('theme', { exact: true }).inputValue()).toBe('theirs')
    await slow.getByRole('switch', { name: 'only.mine' }).waitFor()
    await save(slow)
    await saved(slow)
  })

  it('are not left behind unsaved without a question', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByLabel('theme', { exact: true }).fill('unsaved')
    const questions: string[] = []
    page.on('dialog', dialog => {
      questions.push(dialog.message())
      void dialog.dismiss()
    })
    await page.getByRole('link', { name: 'Member page' }).click()
    expect(questions).toEqual(['Leave without saving your changes?'])
    expect(await page.getByLabel('theme', { exact: true }).inputValue()).toBe('unsaved')
  })

  it('say that the server cannot be reached, and save once it can', async () => {
    const page = await stage.enter('alice', SETTINGS)
    await page.getByLabel('theme', { exact: true }).fill('later')
    await page.context().setOffline(true)
    await save(page)
    await page.getByText('The server cannot be reached').waitFor()
    await look(page, 'save-failed')
    await page.context().setOffline(false)
    await save(page)
    await saved(page)
  })
})
