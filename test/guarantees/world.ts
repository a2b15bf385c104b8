import type { Scheduler } from 'fast-check'
import type { Clock } from '../../functions/core/clock.ts'
import { Rate } from '../../functions/core/rate.ts'
import { SqsFanOutQueue } from '../../functions/gateway/fan-out-queue.ts'
import type { Services } from '../../functions/steps/services.ts'
import { Connections } from '../../functions/store/connections.ts'
import { Memberships } from '../../functions/store/memberships.ts'
import { SettingsLog } from '../../functions/store/settings-log.ts'
import { MemoryDynamoDb } from './dynamodb.ts'
import { Gateway } from './gateway.ts'
import { Guarantees } from './guarantees.ts'
import { Queue } from './queue.ts'

/** The names of the two tables. */
export const SETTINGS = 'Settings'
export const CONNECTIONS = 'Connections'

/**
 * `calm`: nothing fails but the Lambda of an update, which may die at any call, and its pushes to a connection for a moment,
 * which the queue makes up for; everybody must be right without a further
 * sync. `storm`: posts fail, get lost or come twice, rows vanish, any Lambda may die; everybody must be right after one more.
 */
export type Weather = 'calm' | 'storm'

/** Decides what chance would: the same decisions for the same seed. */
export function createDice(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    chance: (probability: number): boolean => next() < probability,
    below: (limit: number): number => Math.floor(next() * limit),
  }
}

/** A promise for each who waits: one for all would keep everything alive that ever waited. */
const never = (): Promise<never> => new Promise(() => undefined)
/** Steps of one Lambda at most: whoever takes more goes round in circles. */
const MOST_STEPS = 3_000

/** One invocation. Each of its calls is a moment at which others may run, or it may die. */
export class Lambda {
  readonly name: string
  readonly startedAt: number
  readonly services: Services
  /** What a death is told to; set by whoever waits for the answer. */
  onDeath: () => void = () => undefined
  state: 'running' | 'ended' | 'dead' = 'running'
  readonly #world: World
  readonly #timeoutMs: number
  readonly #diesAt: number | undefined
  /** Whether it is killed at its timeout. */
  readonly mayTimeOut: boolean
  #steps = 0

  constructor(world: World, name: string, { timeoutMs = 10_000, diesAt, mayDie = world.faults }: LambdaOptions) {
    this.#world = world
    this.name = name
    this.startedAt = world.now
    this.#timeoutMs = timeoutMs
    this.#diesAt = diesAt
    this.mayTimeOut = mayDie
    const send = async (command: object): Promise<unknown> => {
      await this.step(command.constructor.name)
      return world.dynamoDb.send(command)
    }
    const clock: Clock = {
      now: () => world.now,
      sleep: async ms => {
        await this.step('sleep')
        world.now += ms
      },
    }
    const table = (tableName: string) => ({ name: tableName, client: { send } as never, clock })
    this.services = {
      log: new SettingsLog(table(SETTINGS), 365),
      memberships: new Memberships(table(SETTINGS)),
      connections: new Connections(table(CONNECTIONS)),
      poster: {
        post: async (connectionId, payload) => {
          const sentAt = world.now
          await this.step('post')
          const text = Buffer.from(payload.body, 'latin1').toString()
          return world.gateway.post(connectionId, text, { sentAt, byQueue: this.name.startsWith('fan-out') })
        },
      },
      closer: {
        close: async connectionId => {
          await this.step('close')
          world.gateway.close(connectionId)
        },
      },
      queue: new SqsFanOutQueue(
        {
          send: async (command: { input: { MessageBody?: string; DelaySeconds?: number } }) => {
            await this.step('enqueue')
            world.queue.accept(command.input)
          },
        } as never,
        'queue',
      ),
      clock,
      rate: new Rate(),
      random: () => world.dice.next(),
    }
  }

  /** Waits for its turn. Does not come back where the Lambda is dead by then. */
  async step(label: string): Promise<void> {
    if (++this.#steps > MOST_STEPS) this.#world.guarantees.break('END', `${this.name} goes round in circles`)
    else await this.#world.turn(`${this.name} ${label}`)
    if (this.state === 'running' && this.#isOver()) {
      this.state = 'dead'
      this.onDeath()
    }
    if (this.state !== 'running') return never()
  }

  #isOver(): boolean {
    if (this.#steps > MOST_STEPS || this.#steps === this.#diesAt) return true
    return this.mayTimeOut && this.#world.now >= this.startedAt + this.#timeoutMs
  }
}

export interface LambdaOptions {
  timeoutMs?: number
  /** The call at which it dies. */
  diesAt?: number | undefined
  /** Whether it is killed at its timeout. */
  mayDie?: boolean
}

interface Timer {
  at: number
  order: number
  fire: () => void
}

/** Everything that is not under test: the machine on which the product's code runs, interleaved by fast-check's scheduler. */
export class World {
  readonly weather: Weather
  readonly dice: ReturnType<typeof createDice>
  readonly dynamoDb: MemoryDynamoDb
  readonly gateway: Gateway
  readonly queue: Queue
  readonly guarantees: Guarantees
  now = Date.UTC(2026, 0, 1)
  /** Whether things fail by themselves. */
  faults: boolean
  /** Calls that are never scheduled: the world is being set up. */
  immediate = true
  /** Lambdas under way. */
  readonly running = new Set<Lambda>()
  readonly #scheduler: Scheduler
  #timers: Timer[] = []
  #order = 0

  constructor(scheduler: Scheduler, weather: Weather, seed: number) {
    this.#scheduler = scheduler
    this.weather = weather
    this.faults = weather === 'storm'
    this.dice = createDice(seed)
    this.dynamoDb = new MemoryDynamoDb({
      pageSize: () => (this.immediate ? Infinity : 1 + this.dice.below(3)),
      lag: () => this.dice.below(16),
      processed: size => (this.dice.chance(0.15) ? 1 + this.dice.below(size) : size),
    })
    this.guarantees = new Guarantees(this)
    this.gateway = new Gateway(this)
    this.queue = new Queue(this)
  }

  /** A moment at which others may run. */
  turn(label: string): Promise<void> {
    return this.immediate ? Promise.resolve() : this.#scheduler.schedule(Promise.resolve(), label)
  }

  /** Later, in its turn. */
  soon(label: string, run: () => void): void {
    void this.turn(label).then(run)
  }

  /** Runs a Lambda. Resolves to what it gives, or to 'dead'; what it throws is for the caller. */
  invoke<T>(name: string, options: LambdaOptions, run: (lambda: Lambda) => Promise<T>): Promise<T | 'dead'> {
    const lambda = new Lambda(this, name, {
      ...options,
      diesAt: options.diesAt ?? (this.faults && this.dice.chance(0.06) ? 1 + this.dice.below(12) : undefined),
    })
    this.running.add(lambda)
    return new Promise((resolve, reject) => {
      lambda.onDeath = () => {
        this.running.delete(lambda)
        resolve('dead')
      }
      run(lambda).then(
        value => {
          lambda.state = 'ended'
          this.running.delete(lambda)
          resolve(value)
        },
        (error: unknown) => {
          lambda.state = 'ended'
          this.running.delete(lambda)
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }

  /** Calls back after `ms`; returns how to take that back. */
  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.now + ms, order: this.#order++, fire }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter(other => other !== timer))
  }

  /** Lets time pass, timer by timer; between two of them others may run. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      await this.#timeMayPass()
      this.#fire(timer)
    }
    await this.#timeMayPass()
    this.now = Math.max(this.now, end)
  }

  /** In calm weather no Lambda is slow but those that may die. */
  async #timeMayPass(): Promise<void> {
    do await this.turn('clock')
    while (!this.faults && [...this.running].some(lambda => !lambda.mayTimeOut))
  }

  /** Runs until nothing is left to do, and for `ms` more whatever timers begin. */
  async settle(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      await this.#scheduler.waitIdle()
      const timer = this.#next(end)
      if (timer === undefined) return
      this.#fire(timer)
    }
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers)
      if (
        timer.at <= end &&
        (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
      )
        first = timer
    return first
  }

  #fire(timer: Timer): void {
    if (!this.#timers.includes(timer)) return
    this.#timers = this.#timers.filter(other => other !== timer)
    this.now = Math.max(this.now, timer.at)
    timer.fire()
  }
}
