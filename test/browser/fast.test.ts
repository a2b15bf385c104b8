import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
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
