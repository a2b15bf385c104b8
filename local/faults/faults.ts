import { createHash, randomInt } from 'node:crypto'
import { systemClock, type Clock } from '../clock.ts'
import { TokenBucket } from '../gateway/throttle.ts'
import { eventsOf, parsePlan, parseRule, type Fault, type FaultPlan, type Rule, type RuleInput } from './plan.ts'

/** Who makes a call: an execution environment, in its n-th invocation. */
export interface Caller {
  /** Such as `update-settings`. */
  function: string
  invocation: number
}

/** Something that a fault can happen to. */
export interface Happening {
  /** Such as `dynamodb:Query` or `$disconnect`. */
  event: string
  caller?: Caller
  connection?: string
}

/** What is to happen to it. */
export interface Verdict {
  fault: Fault | undefined
  /** Of an `error`. */
  status: number
  /** Resolves when the latency is over. */
  wait: () => Promise<void>
}

interface FaultOptions {
  /** Latencies pass on it, and the bucket of posts fills. */
  clock?: Clock
  log?: (line: string) => void
  /** Names that a rule's `function` may have. */
  functions?: readonly string[]
}

/** A rule, and what has happened to it. */
interface ActiveRule {
  rule: Rule
  events: ReadonlySet<string>
  /** Its place, which never changes: part of what its draws depend on. */
  number: number
  happened: number
  /** Events so far, by function and event. */
  seen: Map<string, number>
  /** Calls of the invocation that an environment is in. */
  calls: WeakMap<Caller, { invocation: number; count: number }>
}

/**
 * Decides what goes wrong in a local run. A decision depends on nothing but the seed, the rule, and how many such events of
 * this function came before: what other functions do meanwhile does not matter, so a run can be replayed.
 */
export class Faults {
  readonly seed: number
  readonly #clock: Clock
  readonly #log: (line: string) => void
  readonly #functions: readonly string[] | undefined
  #bucket: TokenBucket | undefined
  readonly #active: ActiveRule[] = []
  #rules = 0
  #announced = false

  /** @throws Error where the plan is malformed */
  constructor(plan: FaultPlan = {}, { clock = systemClock, log = () => undefined, functions }: FaultOptions = {}) {
    const { seed = randomInt(2 ** 31), posts, rules } = parsePlan(plan)
    this.seed = seed
    this.#clock = clock
    this.#log = log
    this.#functions = functions
    this.limitPosts(posts)
    for (const rule of rules) this.add(rule)
  }

  /** Adds a rule while the stack runs. @returns takes it away again @throws Error where it is malformed */
  add(input: RuleInput): () => void {
    const rule = parseRule(input)
    if (rule.function !== undefined && this.#functions?.includes(rule.function) === false)
      throw new Error(`There is no function ${rule.function} for a fault, only ${this.#functions.join(', ')}.`)
    this.#announce()
    const active: ActiveRule = {
      rule,
      events: new Set(eventsOf(rule)),
      number: this.#rules++,
      happened: 0,
      seen: new Map(),
      calls: new WeakMap(),
    }
    this.#active.push(active)
    return () => {
      const index = this.#active.indexOf(active)
      if (index >= 0) this.#active.splice(index, 1)
    }
  }

  /** Whoever finds a failure in the log finds there how to replay it. */
  #announce(): void {
    if (!this.#announced) this.#log(`faults happen, with seed ${this.seed}`)
    this.#announced = true
  }

  /** What happens to an event; undefined where nothing does. Asked once for each event. */
  decide(happening: Happening): Verdict | undefined {
    let struck: ActiveRule | undefined
    let latency = 0
    for (const active of this.#active) {
      const { fault, times = Infinity } = active.rule
      if (!this.#applies(active, happening) || active.happened >= times) continue
      if (fault !== undefined && struck !== undefined) continue
      active.happened++
      latency += this.#latencyOf(active)
      if (fault !== undefined) struck = active
    }
    const fault = struck?.rule.fault
    if (fault === undefined && latency === 0) return undefined
    const { event, caller, connection } = happening
    const who = caller === undefined ? '' : ` of ${caller.function}`
    const late = latency === 0 ? '' : `, ${Math.round(latency)} ms late`
    this.#log(`fault  ${event}${who}${connection === undefined ? '' : ` ${connection}`}: ${fault ?? 'none'}${late}`)
    return { fault, status: struck?.rule.status ?? 500, wait: () => this.#wait(latency) }
  }

  /** Lets so many posts through a second from now on, and `burst` at once; all of them where nothing is said. */
  limitPosts(posts: FaultPlan['posts']): void {
    if (posts !== undefined) this.#announce()
    this.#bucket =
      posts && new TokenBucket(this.#clock, posts.perSecond, posts.burst ?? Math.max(1, Math.ceil(posts.perSecond)))
  }

  /** Takes one post from the bucket. False where it is empty. */
  takePost(): boolean {
    return this.#bucket?.take() ?? true
  }

  /** How often each rule has happened, in the order in which they were added. */
  counts(): { rule: Rule; happened: number }[] {
    return this.#active.map(({ rule, happened }) => ({ rule, happened }))
  }

  #applies(active: ActiveRule, { event, caller, connection }: Happening): boolean {
    const { rule, events, number } = active
    if (!events.has(event)) return false
    if (rule.function !== undefined && rule.function !== caller?.function) return false
    if (rule.connection !== undefined && rule.connection !== connection) return false
    const key = `${caller?.function ?? ''} ${event}`
    const count = (active.seen.get(key) ?? 0) + 1
    active.seen.set(key, count)
    if (rule.at !== undefined && rule.at !== countCall(active, caller)) return false
    return this.#draw(number, key, count) < rule.rate
  }

  #latencyOf({ rule: { latencyMs = 0 }, number, happened }: ActiveRule): number {
    if (typeof latencyMs === 'number') return latencyMs
    const [least, most] = latencyMs
    return least + this.#draw(number, 'latency', happened) * (most - least)
  }

  /** 0 to 1: always the same for the same arguments. */
  #draw(...what: (string | number)[]): number {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.seed, ...what]))
      .digest()
    return digest.readUIntBE(0, 6) / 2 ** 48
  }

  #wait(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise(resolve => void this.#clock.after(ms, resolve))
  }
}

/** The how-many-th call of its invocation this is; without a caller, of all. */
function countCall({ calls, seen }: ActiveRule, caller: Caller | undefined): number {
  if (caller === undefined) return [...seen.values()].reduce((sum, count) => sum + count, 0)
  const before = calls.get(caller)
  const count = before?.invocation === caller.invocation ? before.count + 1 : 1
  calls.set(caller, { invocation: caller.invocation, count })
  return count
}
