import { Empty } from '../parts/notice.tsx'
import type { Delivered } from './deliveries.ts'

const HEIGHT = 96
const STEP = 44
const BAR = 28

/** How long the last updates of this page took to come back as an event. */
export function DeliveryChart({ deliveries }: { deliveries: Delivered[] }) {
  const timed = deliveries
    .flatMap(({ version, tookMs }) => (tookMs === undefined ? [] : [{ version, ms: tookMs }]))
    .reverse()
  const longest = Math.max(1, ...timed.map(({ ms }) => ms))
  const label = timed.map(({ version, ms }) => `version ${version}: ${Math.round(ms)} ms`).join(', ')
  return (
    <section className="card" aria-labelledby="chart">
      <h2 id="chart">Delivery time of your last updates</h2>
      {timed.length === 0 ? (
        <Empty title="No update yet">
          <p>Save a setting: the time from your click to the event on this page shows here.</p>
        </Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="chart">
          <svg className="chart" role="img" aria-label={label} width={timed.length * STEP} height={HEIGHT + 40}>
            {timed.map(({ version, ms }, index) => {
              const height = Math.max(2, (ms / longest) * HEIGHT)
              const middle = index * STEP + STEP / 2
              return (
                <g key={version}>
                  <rect x={middle - BAR / 2} y={20 + HEIGHT - height} width={BAR} height={height} rx={4} />
                  <text x={middle} y={14 + HEIGHT - height}>
                    {Math.round(ms)}
                  </text>
                  <text x={middle} y={HEIGHT + 36}>
                    v{version}
                  </text>
                </g>
              )
            })}
          </svg>
          <p className="small quiet">Milliseconds, from the click to the event on this page.</p>
        </div>
      )}
    </section>
  )
}
