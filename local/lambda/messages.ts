import type { MessagePort } from 'node:worker_threads'

/** What an execution environment is started with. */
export interface WorkerData {
  port: MessagePort
  /** Counts the messages to the environment, so that it can wait for the next one. */
  wake: SharedArrayBuffer
  codePath: string
  /** `index` of `index.handler`. */
  file: string
  exportName: string
  invokedFunctionArn: string
}

export interface ToEnvironment {
  event: unknown
  id: string
  /** Ms since 1970. */
  deadline: number
}

interface Usage {
  /** CPU time of the thread since the last answer, ms. */
  cpuMs: number
}

interface Failure {
  errorType: string
  errorMessage: string
}

export type FromEnvironment =
  | { type: 'ready' }
  | ({ type: 'initFailure' } & Failure)
  | ({ type: 'result'; id: string; payload: unknown } & Usage)
  | ({ type: 'failure'; id: string } & Failure & Usage)
  | { type: 'log'; level: string; text: string; requestId: string | undefined }
