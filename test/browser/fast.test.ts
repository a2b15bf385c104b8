import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { chooseAccount } from './support/person.ts'
import { useStage } from './support/stage.ts'

/** Script of the member page at most, in bytes after gzip. */
const SCRIPT_BUDGET = 120_000

const stage = useStage()

it('the member page stays within its budget of script', async () => {
  const page = await stage.enter('bob', '/member')
  const scripts: Promise<Buffer>[] = []
  page.on('response', response => {
    if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response.body())
  })
  await page.reload({ waitUntil: 'networkidle' })
  const sizes = (await Promise.all(scripts)).map(script => gzipSync(script).length)
  expect(sizes.length).toBeGreaterThan(0)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(SCRIPT_BUDGET)
})

it('a person who has signed in sees their data after one exchange with the server, and nothing else is asked before', async () => {
  const page = await stage.guest('/member')
  const asked: string[] = []
  let signedIn = false
  page.on('request', request => {
    if (signedIn && request.resourceType() === 'fetch') asked.push(`${request.method()} ${request.url()}`)
  })
  page.on('response', response => {
    if (response.url().endsWith('/token')) signedIn = true
  })
  page.on('websocket', socket => {
    asked.push('a connection')
    const note =
      (way: string) =>
      ({ payload }: { payload: string | Buffer }) =>
        asked.push(`${way} ${(JSON.parse(payload.toString()) as { event: string }).event}`)
    socket.on('framesent', note('sent'))
    socket.on('framereceived', note('received'))
  })
  await page.getByRole('button', { name: 'Sign in' }).click()
  await chooseAccount(page, 'bob')
  await page.getByText('report.view').first().waitFor()
  await page.getByRole('button', { name: 'Approve' }).first().waitFor()
  expect(asked).toEqual(['a connection', 'sent sync', 'received Synced'])
})
