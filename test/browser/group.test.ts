import { describe, expect, it } from 'vitest'
import { look } from './support/look.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

describe('the members of a group', () => {
  it('can be added and removed, and see it at once', async () => {
    const dana = await stage.enter('dana', '/')
    const engineering = dana.getByRole('listitem').filter({ hasText: 'engineering' })
    await dana.getByText('Manage finance').waitFor()
    expect(await engineering.count()).toBe(0)

    const admin = await stage.enter('alice', '/admin/engineering/members')
    await admin.getByLabel('User').fill('dana')
    await admin.getByRole('button', { name: 'Add' }).click()
    await admin.getByText('dana is member now.').waitFor()
    await engineering.getByText('member', { exact: true }).waitFor()

    await admin.getByRole('button', { name: 'Remove dana' }).click()
    await look(admin, 'members-remove')
    await admin.getByRole('button', { name: 'Yes, remove dana' }).click()
    await admin.getByText('dana was removed: 1 window lost access at this moment.').waitFor()
    await engineering.waitFor({ state: 'detached' })
  })

  it('become admins and open the admin page without a reload', async () => {
    const bob = await stage.enter('bob', '/admin/engineering')
    await bob.getByText('You are not an admin of engineering').waitFor()
    const admin = await stage.enter('alice', '/admin/engineering/members')
    await admin.getByLabel('Role of bob').selectOption('admin')
    await bob.getByRole('switch', { name: 'invoice.approve' }).waitFor()
    await admin.getByLabel('Role of bob').selectOption('member')
    await bob.getByText('You are not an admin of engineering').waitFor()
  })

  it('keep their last admin', async () => {
    const admin = await stage.enter('alice', '/admin/engineering/members')
    await admin.getByRole('button', { name: 'Remove alice' }).click()
    await admin.getByRole('button', { name: 'Yes, remove alice' }).click()
    await admin.getByText('A group keeps at least one admin').waitFor()
  })
})

describe('the history of a group', () => {
  it('compares versions and takes an old one back', async () => {
    const admin = await stage.enter('alice', '/admin/engineering')
    const toggle = admin.getByRole('switch', { name: 'report.export' })
    const before = await toggle.isChecked()
    await toggle.setChecked(!before)
    await admin.getByRole('button', { name: 'Save' }).click()
    await admin.getByText(/is saved/).waitFor()

    await admin.getByRole('link', { name: 'History' }).click()
    await admin.getByRole('row', { name: `report.export ${String(before)} ${String(!before)}` }).waitFor()
    await admin.getByRole('button', { name: /Revert to version/ }).click()
    await admin.getByText(/Version \d+ is version \d+ again/).waitFor()
    await admin.getByRole('link', { name: 'Settings' }).click()
    await admin.getByRole('switch', { name: 'report.export', checked: before }).waitFor()
  })

  it('compares any two versions, also where neither is the newest', async () => {
    const admin = await stage.enter('alice', '/admin/engineering')
    const save = async (theme: string) => {
      await admin.getByLabel('theme', { exact: true }).fill(theme)
      await admin.getByRole('button', { name: 'Save' }).click()
      return /\d+/.exec((await admin.getByText(/Version \d+ is saved/).textContent()) ?? '')?.[0] ?? ''
    }
    const first = await save('one')
    await admin.getByRole('switch', { name: 'deploy.production' }).check()
    const second = await save('two')
    await admin.getByRole('button', { name: 'Remove maxUploadMb' }).click()
    const third = await save('three')

    await admin.getByRole('link', { name: 'History' }).click()
    const shows = async (from: string, to: string, ...changes: string[]) => {
      const table = admin.getByRole('table', { name: `From version ${from} to version ${to}` })
      await table.waitFor()
      expect((await table.getByRole('row').allInnerTexts()).slice(1)).toEqual(changes)
    }
    await shows(second, third, 'maxUploadMb\t25\tremoved', 'theme\ttwo\tthree')
    await admin.getByRole('button', { name: `Compare version ${first} with the newest` }).click()
    expect(await admin.evaluate('document.activeElement.textContent')).toBe('Compare')
    const permission = 'deploy.production\tfalse\ttrue'
    await shows(first, third, permission, 'maxUploadMb\t25\tremoved', 'theme\tone\tthree')
    await look(admin, 'compare')
    await admin.getByLabel('To').selectOption(second)
    await shows(first, second, permission, 'theme\tone\ttwo')
    await admin.getByLabel('From').selectOption(second)
    await shows(second, second)
    await admin.getByText('No difference.').waitFor()
  })
})

describe('the presence of a group', () => {
  it('shows who is online and that an update reached them', async () => {
    await stage.enter('bob', '/member')
    const admin = await stage.enter('alice', '/admin/engineering')
    await admin.getByRole('switch', { name: 'report.export' }).click()
    await admin.getByRole('button', { name: 'Save' }).click()
    await admin.getByText(/is saved/).waitFor()
    await admin.getByRole('link', { name: 'Presence' }).click()
    await admin
      .getByRole('listitem')
      .filter({ hasText: 'bob' })
      .getByText(/^version \d+$/)
      .waitFor()
    await admin.getByText(/2 of 2 on version \d+/).waitFor()
    await admin.getByRole('img', { name: /version \d+: \d+ ms/ }).waitFor()
  })
})

describe('a custom event', () => {
  it('arrives at the sender and at a member', async () => {
    const member = await stage.enter('bob', '/member')
    const admin = await stage.enter('alice', '/admin/engineering/events')
    await admin.getByRole('button', { name: 'Send to engineering' }).click()
    await admin.getByText(/here after \d+ ms/).waitFor()
    await look(admin, 'sent')
    await member.getByText('alice sent MaintenanceSoon {"minutes":10}').waitFor()
  })

  it('cannot take a name of Grantwire’s own, nor data that is no JSON', async () => {
    const admin = await stage.enter('alice', '/admin/engineering/events')
    const send = admin.getByRole('button', { name: 'Send to engineering' })
    await admin.getByLabel('Name', { exact: true }).fill('UserUpdated')
    await admin.getByText('Grantwire itself sends this one. Choose another name.').waitFor()
    expect(await send.isDisabled()).toBe(true)
    await admin.getByLabel('Name', { exact: true }).fill('Mine')
    await admin.getByLabel('Data, as JSON').fill('{')
    expect(await send.isDisabled()).toBe(true)
  })
})
