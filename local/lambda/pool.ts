import type { Clock } from '../clock.ts'
import type { Principals } from '../iam/principals.ts'
import type { FunctionDescription } from '../template/stack-template.ts'
import { REGION } from '../template/physical.ts'
import { assertDeployable } from './deployable.ts'
import { ExecutionEnvironment } from './environment.ts'
import type { Invocation, LambdaFunction } from './function.ts'
import { nameOf } from './name.ts'

export interface PoolOptions {
  /** Time-outs of functions pass on it. */
  clock: Clock
  principals: Principals
  /** Where DynamoDB and SQS are: the SDK's own variables for it. */
  awsUrl: string
  onLog: (logicalId: string, level: string, text: string) => void
  /** Whether a role may do this: a function without the right to write logs has none. */
  mayDo: (roleArn: string, action: string, resource: string) => boolean
  /** Environments of this function at once. AWS runs as many as the account may; a machine has a few cores. */
  concurrency: number
  onInvoked?: (logicalId: string, ms: number, result: Invocation) => void
  /** Counts what is billed for an invocation. */
  meter: (logicalId: string, memoryMb: number, ms: number, cpuMs: number) => void
}

/** Invocations that may wait for an environment; more are throttled, as over an account's concurrency. */
const MOST_WAITING = 10_000
const THROTTLED: Invocation = { ok: false, errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' }

/** A function with its execution environments: an invocation takes an idle one, or starts one. */
export class FunctionPool implements LambdaFunction {
  readonly logicalId: string
  readonly #description: FunctionDescription
  readonly #options: PoolOptions
  readonly #idle: ExecutionEnvironment[] = []
  readonly #all = new Set<ExecutionEnvironment>()
  readonly #waiting: (() => void)[] = []
  #running = 0
  #closed = false

  /** @throws Error where AWS would refuse the function */
  constructor(description: FunctionDescription, options: PoolOptions) {
    assertDeployable(description)
    this.logicalId = description.logicalId
    this.#description = description
    this.#options = options
  }

  async invoke(event: unknown, isWanted: () => boolean = () => true): Promise<Invocation> {
    if (this.#running >= this.#options.concurrency) {
      if (this.#waiting.length >= MOST_WAITING) return THROTTLED
      await new Promise<void>(resolve => this.#waiting.push(resolve))
      if (!isWanted()) {
        this.#waiting.shift()?.()
        return THROTTLED
      }
    }
    if (this.#closed) return { ok: false, errorType: 'ServiceException', errorMessage: 'The local run is stopping.' }
    this.#running++
    const startedAt = performance.now()
    const environment = this.#idle.pop() ?? this.#start()
    const result = await environment.invoke(event)
    if (environment.isDead) this.#all.delete(environment)
    else this.#idle.push(environment)
    this.#running--
    this.#waiting.shift()?.()
    const ms = performance.now() - startedAt
    this.#options.meter(this.logicalId, this.#description.memoryMb, ms, environment.cpuMs)
    this.#options.onInvoked?.(this.logicalId, ms, result)
    this.#print('REPORT', `${Math.ceil(ms)} ms`)
    if (!result.ok) this.#print('ERROR', `${result.errorType}: ${result.errorMessage}`)
    return result
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all([...this.#all].map(environment => environment.close()))
  }

  /** Lambda writes the log of a function with the rights of its role: without them, nobody ever sees it. */
  #print(level: string, text: string): void {
    const { roleArn, logGroupArn } = this.#description
    const stream = logGroupArn.replace(/:\*$/, ':log-stream:local')
    const { mayDo, onLog } = this.#options
    if (['logs:CreateLogStream', 'logs:PutLogEvents'].every(action => mayDo(roleArn, action, stream)))
      onLog(this.logicalId, level, text)
  }

  /** A new environment, with what the template gives and what the Lambda service adds; nothing of this machine's. */
  #start(): ExecutionEnvironment {
    const description = this.#description
    const { principals, awsUrl, clock } = this.#options
    const { roleArn, functionName, logicalId } = description
    const principal = principals.issue(roleArn, functionName, nameOf(logicalId), () => environment.kill())
    const env = {
      ...description.environment,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: description.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(description.memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${description.functionName}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      _HANDLER: description.handler,
      AWS_ACCESS_KEY_ID: principal.accessKeyId,
      AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
      AWS_SESSION_TOKEN: principal.sessionToken,
      // Where the services are: the SDK's own variables, which the Lambda service would not set.
      AWS_ENDPOINT_URL_DYNAMODB: awsUrl,
      AWS_ENDPOINT_URL_SQS: awsUrl,
      LAMBDA_TASK_ROOT: description.codePath,
      TZ: ':UTC',
    }
    const environment = new ExecutionEnvironment({
      description,
      clock,
      env,
      // The thread takes a moment to die; whatever it still sends must not count.
      onEnd: () => principals.revoke(principal),
      onInvoke: () => principal.invocation++,
      onLog: (level, text) => this.#print(level, text),
    })
    this.#all.add(environment)
    return environment
  }
}
