import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { isLive, storedSession } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

/** Lets the stored access token count as expired, as after a night. */
const expire = (page: Page) =>
  page.evaluate<undefined>(`
    for (const key of Object.keys(localStorage).filter(name => name.startsWith('grantwire..user:')))
      localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), expires_at: 1 }))
  `)

/** Notes each refresh that the browser asks the provider for. */
function refreshesOf(context: BrowserContext): string[] {
  const refreshes: string[] = []
  context.on('request', request => {
    if (request.postData()?.includes('grant_type=refresh_token') === true) refreshes.push(request.url())
  })
  return refreshes
}

describe('a session', () => {
  it('goes on after its token has expired, without a sign-in', async () => {
    const page = await stage.signIn('bob', '/member')
    const before = await storedSession(page)
    await expire(page)
    const refreshes = refreshesOf(page.context())
    await page.reload()
    await isLive(page)
    expect(refreshes).toHaveLength(1)
    expect((await storedSession(page))?.access_token).not.toBe(before?.access_token)
  })

  it('is renewed once for all tabs, since a refresh token works only once', async () => {
    const first = await stage.signIn('bob', '/member')
    const second = await first.context().newPage()
    await second.goto(first.url())
    await isLive(second)
    await expire(first)
    const refreshes = refreshesOf(first.context())
    await Promise.all([first.reload(), second.reload()])
    await Promise.all([isLive(first), isLive(second)])
    expect(refreshes).toHaveLength(1)
  })

  it('ends where the provider refuses to renew it, in every tab', async () => {
    const first = await stage.signIn('bob', '/member')
    const second = await first.context().newPage()
    await second.goto(first.url())
    await isLive(second)
    await first.context().route('**/token', route => route.fulfill({ status: 400, json: { error: 'invalid_grant' } }))
    await expire(first)
    await first.reload()
    await first.getByRole('button', { name: 'Sign in' }).waitFor()
    await second.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await storedSession(first)).toBeUndefined()
  })

  it('ends at the provider, too: its refresh token is worth nothing any more', async () => {
    const page = await stage.signIn('bob', '/member')
    const before = await storedSession(page)
    await page.getByRole('button', { name: 'Account of bob' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await storedSession(page)).toBeUndefined()
    const answer = await fetch(`${stage.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: String(before?.profile.aud),
        refresh_token: before?.refresh_token ?? '',
      }),
    })
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
    // The provider asks again who one is, instead of taking the person who was there before.
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'carol' }).waitFor()
  })

  it('ends here even where the provider cannot be reached', async () => {
    const page = await stage.enter('bob', '/member')
    await page.route(`${stage.issuer}/**`, route => route.abort())
    await page.getByRole('button', { name: 'Account of bob' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await storedSession(page)).toBeUndefined()
  })

  it('leads back to the page that was asked for', async () => {
    const page = await stage.signIn('alice', '/admin/engineering/history')
    expect(new URL(page.url()).pathname).toBe('/admin/engineering/history')
    await page.getByRole('heading', { name: 'Versions' }).waitFor()
  })
})
