import type { FanOutTask } from '../../functions/gateway/fan-out-queue.ts'
import { doTask } from '../../functions/steps/fan-out.ts'
import type { World } from './world.ts'

/** As infra/constructs/fan-out.ts sets them. */
const VISIBILITY_MS = 360_000
const TRIES = 5
const TIMEOUT_MS = 60_000
const RESERVE_MS = 10_000

/** SQS and its event source: a message is handed out until a Lambda has done what it says, five times at most. */
export class Queue {
  readonly #world: World
  /** Messages that nobody could do. */
  readonly dead: FanOutTask[] = []

  constructor(world: World) {
    this.#world = world
  }

  accept({ MessageBody = '', DelaySeconds = 0 }: { MessageBody?: string; DelaySeconds?: number }): void {
    const world = this.#world
    const twice = world.faults && world.dice.chance(0.1)
    for (let copy = 0; copy < (twice ? 2 : 1); copy++)
      if (DelaySeconds > 0) world.after(DelaySeconds * 1000, () => this.#handOut(MessageBody, 1))
      else this.#handOut(MessageBody, 1)
  }

  #handOut(body: string, receives: number): void {
    const world = this.#world
    world.soon('receive', () => {
      const task = JSON.parse(body) as FanOutTask
      const again = (): void => {
        if (receives === TRIES) this.dead.push(task)
        else world.after(VISIBILITY_MS, () => this.#handOut(body, receives + 1))
      }
      const limit = [1, 2, 10_000][world.dice.below(3)] ?? 1
      world
        .invoke(`fan-out ${task.kind}`, { timeoutMs: TIMEOUT_MS }, lambda =>
          doTask(lambda.services, task, { deadline: lambda.startedAt + TIMEOUT_MS - RESERVE_MS, limit }),
        )
        .then(outcome => {
          if (outcome === 'dead') again()
        }, again)
    })
  }
}
