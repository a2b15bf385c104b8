import { Empty } from '../parts/notice.tsx'
import type { Delivered } from './deliveries.ts'

const HEIGHT = 96
const STEP = 48
const BAR = 28
/** Room for the numbers above the bars, and for the versions below. */
const ABOVE = 20
const BELOW = 24

/** How long the last updates of this page took to come back as an event. */
export function DeliveryChart({ deliveries }: { deliveries: Delivered[] }) {
  const timed = deliveries
    .flatMap(({ version, tookMs }) => (tookMs === undefined ? [] : [{ version, ms: tookMs }]))
    .reverse()
  const top = roundUp(Math.max(0, ...timed.map(({ ms }) => ms)))
  const width = timed.length * STEP
  const label = timed.map(({ version, ms }) => `version ${version}: ${Math.round(ms)} ms`).join(', ')
  return (
    <section className="card" aria-labelledby="chart">
      <h2 id="chart">Delivery time of your last updates</h2>
      {timed.length === 0 ? (
        <Empty title="No update yet">
          <p>Save a setting: the time from your click to the event on this page shows here.</p>
        </Empty>
      ) : (
        <>
          <div className="scroll" tabIndex={0} role="group" aria-labelledby="chart">
            <svg className="chart" role="img" aria-label={label} width={width} height={ABOVE + HEIGHT + BELOW}>
              {timed.map(({ version, ms }, index) => {
                const height = Math.max(2, (ms / top) * HEIGHT)
                const middle = index * STEP + STEP / 2
                return (
                  <g key={version}>
                    <rect className="space" x={middle - BAR / 2} y={ABOVE} width={BAR} height={HEIGHT} rx={4} />
                    <rect x={middle - BAR / 2} y={ABOVE + HEIGHT - height} width={BAR} height={height} rx={4} />
                    <text x={middle} y={ABOVE + HEIGHT - height - 6}>
                      {Math.round(ms)}
                    </text>
                    <text x={middle} y={ABOVE + HEIGHT + 18}>
                      v{version}
                    </text>
                  </g>
                )
              })}
            </svg>
          </div>
          <p className="small quiet">
            Milliseconds from your click to the event on this page; a full column is {top} ms.
          </p>
        </>
      )}
    </section>
  )
}

/** The next of 100, 200, 500, 1000, …: a scale that stays while the bars come. */
export function roundUp(ms: number): number {
  for (let decade = 100; ; decade *= 10) for (const step of [1, 2, 5]) if (ms <= step * decade) return step * decade
}
