import { systemClock } from '../../functions/core/clock.ts'
import { Rate } from '../../functions/core/rate.ts'
import { deliver } from '../../functions/gateway/deliver.ts'
import { payloadOf } from '../../functions/gateway/payload.ts'
import { childInput } from './child.ts'
import { MESSAGE, newPoster } from './ways.ts'

/** One Lambda that posts to an audience without an end, until its time is over. */
export interface ThrottledInput {
  url: string
  seconds: number
}

/** Ms since 1970. */
export interface ThrottledOutput {
  startedAt: number
  endedAt: number
}

const { url, seconds } = childInput() as ThrottledInput

async function* audience() {
  for (let i = 0; ; i++) yield { connectionId: `${i}` }
}

const startedAt = Date.now()
const deadline = startedAt + seconds * 1000
const services = { poster: newPoster(url), clock: systemClock, rate: new Rate(), random: Math.random }
await deliver(services, audience(), payloadOf(MESSAGE), { deadline, limit: Infinity, concurrency: 128 })
const output: ThrottledOutput = { startedAt, endedAt: deadline }
process.stdout.write(JSON.stringify(output), () => process.exit())
