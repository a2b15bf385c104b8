import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const SHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url))

const DESKTOP = { width: 1200, height: 860 }
const MOBILE = { width: 390, height: 800 }

/** What may differ between the themes, and between a desk and a phone. */
const DIFFERS = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable']

/** Takes the page's picture in light, dark and mobile, and expects nothing that keeps anybody out, in either theme. */
export async function look(page: Page, shot: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await picture(page, `light-${shot}`)
  expect(await violations(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  await picture(page, `dark-${shot}`)
  await page.setViewportSize(MOBILE)
  expect(await violations(page, { runOnly: DIFFERS })).toEqual([])
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  await page.emulateMedia({ colorScheme: 'light' })
  await picture(page, `mobile-${shot}`)
  await page.setViewportSize(DESKTOP)
}

const picture = (page: Page, name: string) =>
  page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: true, animations: 'disabled' })

/** What axe finds wrong with the page, without its frames, which are pages of their own. */
async function violations(page: Page, options: { runOnly?: string[] } = {}): Promise<string[]> {
  // The protocol's evaluation is not held back by the page's content security policy, which allows no foreign script.
  const inspector = await page.context().newCDPSession(page)
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await inspector.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    return result.value
  }
  if ((await evaluate('typeof axe')) === 'undefined') await evaluate(`${AXE};0`)
  const settings = JSON.stringify({ iframes: false, resultTypes: ['violations'], ...options })
  const found = await evaluate(`axe.run(document, ${settings}).then(JSON.stringify)`)
  await inspector.detach()
  const { passes, violations } = JSON.parse(String(found)) as AxeResults
  expect(passes.length).toBeGreaterThan(0)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
