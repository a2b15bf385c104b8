// `npm run film`: records `/demo` on the local run into docs/demo.webp, the moving picture of the README. Needs img2webp of
// Debian's package webp; the font Inter (fonts-inter) makes the picture look the same everywhere.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type FrameLocator, type Page } from 'playwright-core'
import { ACCOUNTS, seed } from '../local/seed.ts'
import { startStack } from '../local/stack.ts'
import { findChromium } from './chromium.mjs'

const TARGET = resolve(import.meta.dirname, '../docs/demo.webp')
const MOST_BYTES = 1_000_000
const SIZE = { width: 1400, height: 880 }
/** How long each picture after a click is shown, in ms: the picture is taken when it happens, not by a clock. */
const READ = 1_600
const GLANCE = 500

interface Shot {
  file: string
  ms: number
}

/** What the system's own font is here, so that the film does not depend on the machine's. */
function fontConfiguration(folder: string): string {
  const file = join(folder, 'fonts.conf')
  const prefer = (family: string, font: string) =>
    `<match target="pattern"><test name="family"><string>${family}</string></test>` +
    `<edit name="family" mode="prepend" binding="strong"><string>${font}</string></edit></match>`
  const families = [prefer('system-ui', 'Inter'), prefer('sans-serif', 'Inter')]
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>` +
      `<include ignore_missing="yes">/etc/fonts/fonts.conf</include>${families.join('')}</fontconfig>`,
  )
  return file
}

/** A pointer that a screenshot shows; the page itself has none. */
const POINTER =
  '<svg xmlns="http://www.w3.org/2000/svg" width="22" height="22" viewBox="0 0 22 22"><path d="M4 2l13 10-6 1 4 7-3 1-3-7-5 4z" fill="#111" stroke="#fff" stroke-width="1.5"/></svg>'

async function record(page: Page, folder: string): Promise<Shot[]> {
  const shots: Shot[] = []
  const shoot = async (ms: number): Promise<void> => {
    const file = join(folder, `${String(shots.length).padStart(3, '0')}.png`)
    await page.screenshot({ path: file, animations: 'allow' })
    shots.push({ file, ms })
  }
  const frame = (user: string): FrameLocator => page.frameLocator(`iframe[src*="as=${user}"]`)
  const alice = frame('alice')
  const point = async (x: number, y: number): Promise<void> => {
    await page.evaluate(
      `(document.getElementById('pointer') ?? document.body.appendChild(Object.assign(document.createElement('img'),
        { id: 'pointer', src: ${JSON.stringify(`data:image/svg+xml,${encodeURIComponent(POINTER)}`)} })))
        .style.cssText = 'position:fixed;z-index:9;pointer-events:none;left:${x}px;top:${y}px'`,
    )
  }
  let at = { x: 620, y: 420 }
  /** Moves the pointer there in a few steps, as a hand does, and clicks. */
  const click = async (target: ReturnType<FrameLocator['getByRole']>): Promise<void> => {
    const box = await target.boundingBox()
    if (box === null) throw new Error('What shall be clicked is not on the screen.')
    const to = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    for (const part of [0.3, 0.7, 1]) {
      await point(at.x + (to.x - at.x) * part, at.y + (to.y - at.y) * part)
      await shoot(90)
    }
    at = to
    await target.click()
  }
  const settle = async (): Promise<void> => {
    await shoot(120)
    await page.waitForTimeout(200)
    await shoot(GLANCE)
    await page.waitForTimeout(1_500)
    await shoot(READ)
  }
  const save = alice.getByRole('button', { name: 'Save' })
  /** Flips a permission, saves, and shows it arrive. */
  const flip = async (permission: string, arrived: string): Promise<void> => {
    await click(alice.getByRole('switch', { name: permission }))
    await shoot(GLANCE)
    await click(save)
    await frame('bob').getByText(arrived).first().waitFor()
    await settle()
  }

  await point(at.x, at.y)
  await shoot(READ)
  await flip('report.export', 'report.export is now allowed')
  await flip('invoice.approve', 'invoice.approve is no longer allowed')
  await flip('invoice.approve', 'invoice.approve is now allowed')
  return shots
}

async function main(): Promise<void> {
  if (spawnSync('img2webp', ['-version']).error !== undefined)
    throw new Error('img2webp is missing: install it (apt-get install webp fonts-inter).')
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('There is no Chromium here: install it, or name it in CHROMIUM.')
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-film-'))
  const stack = await startStack({ assembly: 'cdk.out', accounts: ACCOUNTS, log: () => undefined })
  await seed(stack)
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
    env: { ...process.env, FONTCONFIG_FILE: fontConfiguration(folder) },
  })
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' })
  await page.goto(`${stack.consoleUrl}/demo`)
  await page.getByRole('button', { name: 'Sign in all four' }).click()
  for (const user of ACCOUNTS)
    await page.frameLocator(`iframe[src*="as=${user}"]`).getByText('Live', { exact: true }).waitFor()
  const shots = await record(page, folder)
  await browser.close()
  await stack.close()

  const frames = shots.flatMap(({ file, ms }) => ['-d', String(ms), file])
  const { status } = spawnSync('img2webp', [
    '-loop',
    '0',
    '-min_size',
    '-lossy',
    '-q',
    '70',
    '-m',
    '6',
    ...frames,
    '-o',
    TARGET,
  ])
  rmSync(folder, { recursive: true, force: true })
  if (status !== 0) throw new Error('img2webp could not join the pictures.')
  const { size } = statSync(TARGET)
  console.log(`${TARGET}: ${shots.length} pictures, ${Math.round(size / 1000)} kB`)
  if (size > MOST_BYTES) throw new Error(`The film is larger than ${MOST_BYTES / 1000} kB.`)
}

await main()
