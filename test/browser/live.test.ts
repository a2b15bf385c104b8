import { describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { look } from './support/look.ts'
import { storedSession } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

/** Sends a PATCH with the token that the page holds. */
async function patchAs(page: Page, group: string, change: object): Promise<{ status: number; code: unknown }> {
  const session = await storedSession(page)
  const answer = await fetch(`${stage.httpUrl}/groups/${group}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${session?.access_token ?? ''}`,
      'content-type': 'application/merge-patch+json',
    },
    body: JSON.stringify(change),
  })
  return { status: answer.status, code: ((await answer.json()) as { code?: unknown }).code }
}

describe('an admin and a member, each in a browser of their own', () => {
  it('a permission that the admin switches on appears on the member’s page without a reload', async () => {
    const admin = await stage.enter('alice', '/admin/engineering')
    const member = await stage.enter('bob', '/member')
    const loads: string[] = []
    member.on('load', page => loads.push(page.url()))

    const exportReport = member.getByRole('button', { name: 'Export report' })
    expect(await exportReport.count()).toBe(0)
    await admin.getByRole('switch', { name: 'report.export' }).check()
    await admin.getByRole('button', { name: 'Save' }).click()

    await exportReport.waitFor()
    await member.getByText('alice changed engineering: report.export is now allowed').waitFor()
    await admin.getByText(/Delivered to \d+ connections/).waitFor()
    await admin.getByText(/It was back on this page after \d+ ms/).waitFor()
    expect(loads).toEqual([])

    await admin.getByRole('switch', { name: 'report.export' }).uncheck()
    await admin.getByRole('button', { name: 'Save' }).click()
    await exportReport.waitFor({ state: 'detached' })
  })

  it('a button that is not allowed any more is disabled and says why', async () => {
    const admin = await stage.enter('alice', '/admin/engineering')
    const member = await stage.enter('bob', '/member')
    const approve = member.getByRole('button', { name: 'Approve' }).first()
    expect(await approve.isEnabled()).toBe(true)

    await admin.getByRole('switch', { name: 'invoice.approve' }).uncheck()
    await admin.getByRole('button', { name: 'Save' }).click()
    await member.getByText('Not allowed (invoice.approve): ask an admin', { exact: true }).first().waitFor()
    expect(await approve.isEnabled()).toBe(false)
    await look(member, 'not-allowed')

    await admin.getByRole('switch', { name: 'invoice.approve' }).check()
    await admin.getByRole('button', { name: 'Save' }).click()
    await member
      .getByText('Not allowed (invoice.approve): ask an admin', { exact: true })
      .first()
      .waitFor({ state: 'detached' })
  })

  it('a member’s own PATCH is refused and changes nothing', async () => {
    const member = await stage.enter('bob', '/member')
    const answer = await patchAs(member, 'engineering', { 'report.export': true })
    expect(answer).toEqual({ status: 403, code: 'forbidden' })
    expect(await member.getByRole('button', { name: 'Export report' }).count()).toBe(0)
  })

  it('a member who opens the admin page is told whom to ask', async () => {
    const member = await stage.enter('bob', '/admin/engineering')
    await member.getByText('You are not an admin of engineering').waitFor()
    expect(await member.getByRole('switch').count()).toBe(0)
  })
})
