// `npm run lighthouse`: Lighthouse on the built pages, as a phone on a slow network would have them that has never been there
// (its own default); of each page the median of three. `-- /demo` measures the pages of that path only, `--why` says what
// keeps a page from more. Lighthouse is 176 MB, so it is no dependency: it is installed into a folder of its own the first time.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { ACCOUNTS, seed } from '../local/seed.ts'
import { startStack } from '../local/stack.ts'
import { median } from '../bench/support/report.ts'
import { findChromium } from './chromium.mjs'

const VERSION = '13.5.0'
const LEAST = 95
/** Times each page is measured: the figures depend on what else the machine does. */
const RUNS = 3
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const

/** The pages, by who opens them; `all four` are those of the demo, each in a frame. */
const PAGES = [
  { who: undefined, path: '/' },
  { who: undefined, path: '/demo' },
  { who: 'all four', path: '/demo' },
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
  flags: { port: number; onlyCategories: readonly string[]; logLevel: 'error' },
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
  const page = await context.newPage()
  await page.goto(who === 'all four' ? `${consoleUrl}/demo` : consoleUrl)
  if (who === 'all four') {
    await page.getByRole('button', { name: 'Sign in all four' }).click()
    await page.locator('iframe').first().waitFor()
  } else if (who !== undefined) {
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: who, exact: true }).click()
    await page.getByText('Live', { exact: true }).waitFor()
  }
  await page.close()
  const [port] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
  return { port: Number(port), close: () => context.close() }
}

/** The scores of a page, in the order of `CATEGORIES`: the median of its runs. */
async function measure(
  lighthouse: Lighthouse,
  url: string,
  port: number,
): Promise<{ scores: number[]; why: string[] }> {
  const runs: Result['lhr'][] = []
  for (let run = 0; run < RUNS; run += 1) {
    // It empties the browser's cache before; what was signed in stays, since that is kept in local storage.
    const result = await lighthouse(url, { port, onlyCategories: CATEGORIES, logLevel: 'error' })
    if (result === undefined) throw new Error(`Lighthouse gave no result for ${url}.`)
    runs.push(result.lhr)
  }
  const scoreOf = (lhr: Result['lhr'], name: string) => Math.round((lhr.categories[name]?.score ?? 0) * 100)
  const scores = CATEGORIES.map(name => median(runs.map(lhr => scoreOf(lhr, name))))
  const typical = runs.find(lhr => scoreOf(lhr, 'performance') === scores[0])
  const why = Object.entries(typical?.audits ?? {}).flatMap(([id, { score, title, displayValue = '' }]) =>
    score !== null && score < 0.9 ? [`  ${id}: ${title} ${displayValue}`] : [],
  )
  return { scores, why }
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2).filter(word => word.startsWith('/'))
  const pages = PAGES.filter(({ path }) => wanted.length === 0 || wanted.includes(path))
  const lighthouse = await loadLighthouse()
  const stack = await startStack({ assembly: 'cdk.out', accounts: ACCOUNTS, log: () => undefined })
  await seed(stack)
  let low = 0
  console.log(`\n${'page'.padEnd(36)}${CATEGORIES.map(name => name.padStart(16)).join('')}`)
  for (const who of new Set(pages.map(page => page.who))) {
    const profile = mkdtempSync(join(tmpdir(), 'grantwire-lighthouse-'))
    const browser = await openBrowser(stack.consoleUrl, who, profile)
    for (const { path } of pages.filter(page => page.who === who)) {
      const { scores, why } = await measure(lighthouse, new URL(path, stack.consoleUrl).href, browser.port)
      if (scores.some(score => score < LEAST)) low += 1
      const name = `${path} (${who ?? 'guest'})`
      console.log(`${name.padEnd(36)}${scores.map(score => String(score).padStart(16)).join('')}`)
      if (process.argv.includes('--why')) console.log(why.join('\n'))
    }
    await browser.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  await stack.close()
  console.log(low === 0 ? `\nEvery score is at least ${LEAST}.` : `\n${low} pages have a score below ${LEAST}.`)
  process.exitCode = low === 0 ? 0 : 1
}

await main()
