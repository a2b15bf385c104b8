import { expect, test } from 'vitest'
import { soak } from './soak.ts'

test('with everything going wrong for a while, nothing is lost, leaked or taken back', async () => {
  const report = await soak({
    sockets: 80,
    groups: 5,
    seconds: 15,
    seed: 20_261_124,
    concurrency: 2,
    tokenSeconds: 10,
    pace: { update: 1_200, membership: 300, cut: 600, storm: 6_000 },
  })
  // Something did happen: a soak in which nothing goes wrong proves nothing.
  const { updates, deliveries, faults, reconnections, answers } = report
  expect(Math.min(updates, deliveries, reconnections, answers['204'] ?? 0)).toBeGreaterThan(0)
  for (const fault of ['storm', 'kill-after', 'drop', 'lost', 'throttled'])
    expect(faults[fault], fault).toBeGreaterThan(0)
  expect(report.violations).toEqual([])
}, 180_000)
