import { performance } from 'node:perf_hooks'

/** How busy the machine is with a soak. */
export interface Load {
  /** Cores that the process kept busy, with all its threads. */
  cores: number
  /** Share of the time in which the main thread did something: all services, clients and tests but the Lambdas. */
  mainThread: number
}

/** Measures from now on, until it is called. */
export function startLoad(): () => Load {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  const twoDigits = (number: number): number => Math.round(number * 100) / 100
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    return {
      cores: twoDigits((user + system) / 1000 / (performance.now() - startedAt)),
      mainThread: twoDigits(performance.eventLoopUtilization(loop).utilization),
    }
  }
}

/** What a soak has counted and measured. */
export class Figures {
  updates = 0
  /** Documents that were pushed to a connection. */
  deliveries = 0
  /** Answers of the HTTP API, by status. */
  readonly statuses = new Map<number, number>()
  /** Connections that clients lost, and attempts that failed, by the client's reason. */
  readonly losses: Record<string, number> = {}
  /** From the PATCH to its answer, ms. */
  readonly #answers: number[] = []
  /** From the PATCH to the push at each connection, ms. */
  readonly #pushes: number[] = []
  readonly #startedAt = new Map<string, number>()
  /** Pushes that came before their PATCH was answered: until then nobody knows which version it made. */
  readonly #early = new Map<string, number[]>()

  lost(reason: string): void {
    this.losses[reason] = (this.losses[reason] ?? 0) + 1
  }

  answered(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
  }

  /** @param id such as `group:eng@7`. A repeated PATCH may be answered with the version of the one before. */
  updated(id: string, startedAt: number, answeredAt: number): void {
    this.updates++
    this.#answers.push(answeredAt - startedAt)
    if (this.#startedAt.has(id)) return
    this.#startedAt.set(id, startedAt)
    for (const at of this.#early.get(id) ?? []) this.#pushes.push(at - startedAt)
    this.#early.delete(id)
  }

  pushed(id: string, at: number): void {
    this.deliveries++
    const startedAt = this.#startedAt.get(id)
    if (startedAt !== undefined) this.#pushes.push(at - startedAt)
    else this.#early.set(id, [...(this.#early.get(id) ?? []), at])
  }

  get answerMs(): Percentiles {
    return percentiles(this.#answers)
  }

  get pushMs(): Percentiles {
    return percentiles(this.#pushes)
  }
}

export interface Percentiles {
  p50: number
  p99: number
}

const percentiles = (numbers: readonly number[]): Percentiles => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN)
  return { p50: at(0.5), p99: at(0.99) }
}
