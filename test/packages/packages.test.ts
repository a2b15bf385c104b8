import { spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { startLocalRun, type LocalRun } from '../support/local-run.ts'
import { buildFreshApp, packPackages, type Tarball } from './install.ts'

const EXAMPLES = join(import.meta.dirname, '../../web/examples')

let folder: string
let tarballs: Tarball[]
beforeAll(async () => {
  ;({ folder, tarballs } = await packPackages())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(['@grantwire/client', '@grantwire/react'])(
  '%s holds one module, its types, and nothing of this project',
  name => {
    expect(tarballs.find(tarball => tarball.name === name)?.files).toEqual([
      'README.md',
      'dist/LICENSE',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/index.js.map',
      'package.json',
    ])
  },
)

describe('installed from the registry', () => {
  let app: string
  let run: LocalRun
  let browser: Browser
  beforeAll(async () => {
    ;[app, run, browser] = await Promise.all([buildFreshApp(folder, tarballs), startLocalRun(), launchChromium()])
    await run.makeGroup('eng', 'alice', ['bob'], { 'invoice.approve': false })
  })
  afterAll(() => Promise.all([browser.close(), run.close()]))
  afterEach(() => Promise.all(browser.contexts().map(context => context.close())))

  const patch = (change: object) => run.expect(200, 'alice', 'PATCH', '/groups/eng', change)

  /** Opens a page that lies in a folder, on the origin that the APIs allow, as bob. `vendor` is the module of the client. */
  async function open(pages: string): Promise<Page> {
    const context = await browser.newContext()
    await context.route(`${run.stack.consoleUrl}/app/**`, route =>
      route.fulfill({ path: join(pages, new URL(route.request().url()).pathname.slice('/app/'.length)) }),
    )
    await context.route(`${run.stack.consoleUrl}/vendor/grantwire-client.js`, route =>
      route.fulfill({ path: join(app, 'node_modules/@grantwire/client/dist/index.js') }),
    )
    const page = await context.newPage()
    const { webSocketUrl, httpUrl } = run.stack
    const told = new URLSearchParams({ webSocketUrl, httpUrl, token: await run.token('bob') })
    await page.goto(`${run.stack.consoleUrl}/app/index.html#${told.toString()}`)
    return page
  }

  const mayApprove = async (page: Page): Promise<void> => {
    await page.locator('button:enabled', { hasText: 'Approve' }).waitFor()
  }

  test('a Vite application with React shows a permission the moment it is granted', async () => {
    const page = await open(join(app, 'dist'))
    await page.getByText('connected').waitFor()
    expect(await page.getByRole('button').isDisabled()).toBe(true)
    await patch({ 'invoice.approve': true })
    await mayApprove(page)
    await run.expect(
      202,
      'alice',
      'POST',
      '/groups/eng/events',
      { event: 'MaintenanceSoon', data: { minutes: 5 } },
      JSON_BODY,
    )
    await page.getByText('Maintenance in 5 minutes').waitFor()
  })

  test('a page without a build does, too', async () => {
    await patch({ 'invoice.approve': false })
    const page = await open(join(EXAMPLES, 'page'))
    await page.getByText('connected, fresh').waitFor()
    expect(await page.getByRole('button').isDisabled()).toBe(true)
    await patch({ 'invoice.approve': true })
    await mayApprove(page)
    await page.getByText('by alice').waitFor()
  })

  test('a Node service follows a group', async () => {
    cpSync(join(EXAMPLES, 'watch-group.ts'), join(app, 'watch-group.ts'))
    const service = spawn(process.execPath, ['watch-group.ts', run.stack.webSocketUrl, 'eng'], {
      cwd: app,
      env: { GRANTWIRE_TOKEN: await run.token('bob') },
    })
    const ended = new Promise(resolve => service.once('exit', resolve))
    let output = ''
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => output.includes(text) && resolve()
        service.stdout.on('data', look)
        void ended.then(code => reject(new Error(`ended with ${String(code)}: ${output}`)))
        look()
      })
    for (const stream of [service.stdout, service.stderr]) stream.on('data', data => (output += String(data)))
    await says('eng is at version')
    await patch({ limit: 7 })
    await says('by alice: { limit: 7 }')
    service.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})

const JSON_BODY = { 'content-type': 'application/json' }
