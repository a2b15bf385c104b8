import { randomUUID } from 'node:crypto'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import type { FunctionDescription } from '../template/stack-template.ts'
import type { Invocation } from './function.ts'
import type { FromEnvironment, ToEnvironment } from './messages.ts'

export interface EnvironmentOptions {
  description: FunctionDescription
  /** Its time-out passes on it. */
  clock: Clock
  env: Record<string, string>
  onInvoke: () => void
  /** Told once, when it can do nothing more. */
  onEnd: () => void
  onLog: (level: string, text: string) => void
}

type State = 'starting' | 'idle' | 'busy' | 'dead'

/** One execution environment of a function: a thread that runs one invocation at a time and is frozen in between. */
export class ExecutionEnvironment {
  readonly #worker: Worker
  readonly #port: MessageChannel['port1']
  readonly #count = new Int32Array(new SharedArrayBuffer(4))
  readonly #description: FunctionDescription
  readonly #clock: Clock
  readonly #onInvoke: () => void
  readonly #onEnd: () => void
  readonly #started: Promise<Invocation | undefined>
  #state: State = 'starting'
  #settle: ((result: Invocation) => void) | undefined
  #cpuMs = 0

  constructor({ description, clock, env, onInvoke, onEnd, onLog }: EnvironmentOptions) {
    this.#description = description
    this.#clock = clock
    this.#onInvoke = onInvoke
    this.#onEnd = onEnd
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const [file = '', exportName = ''] = description.handler.split('.')
    this.#worker = new Worker(new URL('./bootstrap.ts', import.meta.url), {
      name: description.logicalId,
      env,
      stdout: true,
      stderr: true,
      execArgv: [],
      workerData: {
        port: port2,
        wake: this.#count.buffer,
        codePath: description.codePath,
        file,
        exportName,
        invokedFunctionArn: description.arn,
      },
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: description.memoryMb },
    })
    this.#started = new Promise(resolve => {
      this.#settle = result => resolve(result.ok ? undefined : result)
    })
    port1.on('message', (message: FromEnvironment) => this.#receive(message, onLog))
    this.#worker.on('error', (error: unknown) => {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      this.#end({ ok: false, errorType: 'Runtime.ExitError', errorMessage: `The runtime exited: ${text}` })
    })
    this.#worker.on('exit', () =>
      this.#end({ ok: false, errorType: 'Runtime.ExitError', errorMessage: 'The runtime exited without a result.' }),
    )
  }

  /** CPU time of the last invocation, the start of the environment included where it was the first one, ms. */
  get cpuMs(): number {
    return this.#cpuMs
  }

  get isDead(): boolean {
    return this.#state === 'dead'
  }

  /** Runs the handler with an event. Afterwards the environment is idle, or dead where it timed out or crashed. */
  async invoke(event: unknown): Promise<Invocation> {
    const initFailure = await this.#started
    if (initFailure !== undefined) return initFailure
    if (this.isDead) return { ok: false, errorType: 'Runtime.ExitError', errorMessage: 'The environment has ended.' }
    const { timeoutMs } = this.#description
    const id = randomUUID()
    this.#state = 'busy'
    this.#cpuMs = 0
    return new Promise(resolve => {
      const cancel = this.#clock.after(timeoutMs, () => {
        const seconds = (timeoutMs / 1000).toFixed(2)
        this.#end({
          ok: false,
          errorType: 'Sandbox.Timedout',
          errorMessage: `RequestId: ${id} Error: Task timed out after ${seconds} seconds`,
          timedOut: true,
        })
      })
      this.#settle = result => {
        cancel()
        resolve(result)
      }
      this.#onInvoke()
      const message: ToEnvironment = { event, id, deadline: Date.now() + timeoutMs }
      this.#port.postMessage(message)
      Atomics.add(this.#count, 0, 1)
      Atomics.notify(this.#count, 0)
    })
  }

  /** Ends it, as a crash would. */
  kill(): void {
    this.#end({ ok: false, errorType: 'Runtime.ExitError', errorMessage: 'The environment was killed.' })
  }

  async close(): Promise<void> {
    this.kill()
    await this.#worker.terminate()
  }

  #receive(message: FromEnvironment, onLog: EnvironmentOptions['onLog']): void {
    switch (message.type) {
      case 'log':
        return onLog(message.level, message.text)
      case 'ready':
        this.#state = 'idle'
        return this.#finish({ ok: true, payload: null })
      case 'initFailure':
        return this.#end({ ok: false, errorType: message.errorType, errorMessage: message.errorMessage })
      case 'result':
        this.#state = 'idle'
        this.#cpuMs = message.cpuMs
        return this.#finish({ ok: true, payload: message.payload })
      case 'failure':
        this.#state = 'idle'
        this.#cpuMs = message.cpuMs
        return this.#finish({ ok: false, errorType: message.errorType, errorMessage: message.errorMessage })
    }
  }

  #finish(result: Invocation): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(result)
  }

  #end(result: Invocation): void {
    if (this.#state !== 'dead') {
      this.#state = 'dead'
      this.#onEnd()
      this.#port.close()
      void this.#worker.terminate()
    }
    this.#finish(result)
  }
}
