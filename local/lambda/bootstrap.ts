import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { format } from 'node:util'
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { FromEnvironment, ToEnvironment, WorkerData } from './messages.ts'

/**
 * What runs inside an execution environment: it loads the bundle, takes an event, runs the handler, posts the result, and
 * then stands still until the next event, as Lambda freezes it. Standing still is a wait that blocks the whole thread: timers
 * and sockets that the handler left behind do nothing until then.
 */
const { port, wake, codePath, file, exportName, invokedFunctionArn } = workerData as WorkerData
const count = new Int32Array(wake)
let seen = 0

const post = (message: FromEnvironment): void => port.postMessage(message)

let requestId: string | undefined
const print = (level: string, text: string): void => post({ type: 'log', level, text, requestId })
for (const [method, level] of [
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['debug', 'DEBUG'],
  ['trace', 'TRACE'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
] as const)
  console[method] = (...parts: unknown[]) => print(level, format(...parts))
const write = (level: string) => (chunk: string | Uint8Array) => {
  print(
    level,
    Buffer.from(chunk as Uint8Array)
      .toString()
      .trimEnd(),
  )
  return true
}
process.stdout.write = write('INFO')
process.stderr.write = write('ERROR')

let cpuBefore = 0
/** CPU time of this thread since the last time this was asked, ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  const spent = (user + system) / 1000 - cpuBefore
  cpuBefore += spent
  return spent
}

function nextMessage(): ToEnvironment {
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: ToEnvironment } | undefined
    if (received !== undefined) {
      seen = Atomics.load(count, 0)
      return received.message
    }
    Atomics.wait(count, 0, seen)
    seen = Atomics.load(count, 0)
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_PAYLOAD_BYTES = 6_291_556

class ResponseTooLarge extends Error {
  override readonly name = 'Function.ResponseSizeTooLarge'
  constructor() {
    super(`Response payload size exceeded maximum allowed payload size (${MOST_PAYLOAD_BYTES} bytes).`)
  }
}

type Handler = (event: unknown, context: unknown) => unknown

function loadHandler(): Handler {
  const path = ['js', 'mjs', 'cjs'].map(ending => `${codePath}/${file}.${ending}`).find(existsSync)
  if (path === undefined) throw new Error(`Cannot find module '${file}'`)
  const exported = createRequire(`${codePath}/`)(path) as Record<string, unknown>
  const found = exported[exportName]
  if (typeof found !== 'function') throw new Error(`${file}.${exportName} is undefined or not exported`)
  return found as Handler
}

const failure = (error: unknown): { errorType: string; errorMessage: string } =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: 'Error', errorMessage: format(error) }

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const { event, id, deadline } = nextMessage()
    requestId = id
    const context = {
      awsRequestId: id,
      functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
      functionVersion: '$LATEST',
      invokedFunctionArn,
      memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
      logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
      logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    }
    try {
      // Lambda takes the result as JSON: what JSON cannot say does not come through.
      const payload = JSON.stringify(await handler(event, context)) as string | undefined
      if (payload !== undefined && Buffer.byteLength(payload) > MOST_PAYLOAD_BYTES) throw new ResponseTooLarge()
      post({
        type: 'result',
        id,
        payload: payload === undefined ? null : (JSON.parse(payload) as unknown),
        cpuMs: cpuMs(),
      })
    } catch (error) {
      post({ type: 'failure', id, ...failure(error), cpuMs: cpuMs() })
    }
  }
}

try {
  const handler = loadHandler()
  post({ type: 'ready' })
  await serve(handler)
} catch (error) {
  post({ type: 'initFailure', ...failure(error) })
}
