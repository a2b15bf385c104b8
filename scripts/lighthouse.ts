// `npm run lighthouse`: Lighthouse on the built pages, as a phone on a slow network would have them (its own default). Lighthouse
// is 176 MB, so it is no dependency: it is installed into a folder of its own the first time.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { ACCOUNTS, seed } from '../local/seed.ts'
import { startStack } from '../local/stack.ts'
import { findChromium } from './chromium.mjs'

const VERSION = '13.5.0'
const LEAST = 95
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const

/** The pages, by who opens them. */
const PAGES = [
  { who: undefined, path: '/' },
  { who: undefined, path: '/demo' },
  { who: 'bob', path: '/member' },
  { who: 'alice', path: '/' },
  { who: 'alice', path: '/admin/engineering' },
  { who: 'alice', path: '/admin/engineering/members' },
  { who: 'alice', path: '/admin/engineering/history' },
  { who: 'alice', path: '/admin/engineering/presence' },
  { who: 'alice', path: '/admin/engineering/events' },
]

/** The part of Lighthouse's result that is read here. */
interface Result {
  lhr: {
    categories: Record<string, { score: number | null }>
    audits: Record<string, { score: number | null; title: string; displayValue?: string }>
  }
}
type Lighthouse = (
  url: string,
  flags: { port: number; disableStorageReset: boolean; onlyCategories: readonly string[]; logLevel: 'error' },
) => Promise<Result | undefined>

async function loadLighthouse(): Promise<Lighthouse> {
  const home = resolve(import.meta.dirname, '../.grantwire/lighthouse')
  const folder = join(home, 'node_modules/lighthouse')
  const manifest = join(folder, 'package.json')
  const installed = existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  if (installed !== VERSION) {
    console.log(`Installing Lighthouse ${VERSION} into .grantwire/lighthouse …`)
    const install = ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
    const { status } = spawnSync('npm', [...install, '--loglevel=error', `lighthouse@${VERSION}`], { stdio: 'inherit' })
    if (status !== 0) throw new Error('Lighthouse could not be installed: npm says why, above.')
  }
  const module = (await import(pathToFileURL(join(folder, 'core/index.js')).href)) as { default: Lighthouse }
  return module.default
}

/** A Chromium that Lighthouse can steer, with this person signed in. */
async function openBrowser(consoleUrl: string, who: string | undefined, profile: string) {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('There is no Chromium here: install it, or name it in CHROMIUM.')
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'],
  })
  if (who !== undefined) {
    const page = await context.newPage()
    await page.goto(consoleUrl)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: who, exact: true }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.close()
  }
  const [port] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
  return { port: Number(port), close: () => context.close() }
}

async function main(): Promise<void> {
  const lighthouse = await loadLighthouse()
  const stack = await startStack({ assembly: 'cdk.out', accounts: ACCOUNTS, log: () => undefined })
  await seed(stack)
  let low = 0
  console.log(`\n${'page'.padEnd(34)}${CATEGORIES.map(name => name.padStart(16)).join('')}`)
  for (const { who, path } of PAGES) {
    const profile = mkdtempSync(join(tmpdir(), 'grantwire-lighthouse-'))
    const browser = await openBrowser(stack.consoleUrl, who, profile)
    const result = await lighthouse(new URL(path, stack.consoleUrl).href, {
      port: browser.port,
      disableStorageReset: true,
      onlyCategories: CATEGORIES,
      logLevel: 'error',
    })
    await browser.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    const scores = CATEGORIES.map(name => Math.round((result?.lhr.categories[name]?.score ?? 0) * 100))
    if (scores.some(score => score < LEAST)) low += 1
    console.log(
      `${`${path} (${who ?? 'guest'})`.padEnd(34)}${scores.map(score => String(score).padStart(16)).join('')}`,
    )
    if (process.argv.includes('--why'))
      for (const [id, { score, title, displayValue = '' }] of Object.entries(result?.lhr.audits ?? {}))
        if (score !== null && score < 0.9) console.log(`  ${id}: ${title} ${displayValue}`)
  }
  await stack.close()
  console.log(low === 0 ? `\nEvery score is at least ${LEAST}.` : `\n${low} pages have a score below ${LEAST}.`)
  process.exitCode = low === 0 ? 0 : 1
}

await main()
