import type { ServerResponse } from 'node:http'
import type { Principal } from '../iam/principals.ts'
import type { Verdict } from './faults.ts'

/** A call that a fault happens to. */
export interface StruckCall {
  /** Such as `dynamodb:Query`. */
  event: string
  principal: Principal
  res: ServerResponse
  /** Answers with an error of the service. */
  refuse: (status: number, type: string, message: string) => void
}

interface ServiceError {
  status: number
  type: string
}

/** How each service says that there was too much, and that it failed. */
const ERRORS: Record<string, { throttled: ServiceError; error: ServiceError }> = {
  dynamodb: {
    throttled: { status: 400, type: 'ThrottlingException' },
    error: { status: 500, type: 'InternalServerError' },
  },
  sqs: {
    throttled: { status: 400, type: 'RequestThrottled' },
    error: { status: 500, type: 'InternalFailure' },
  },
  'execute-api': {
    throttled: { status: 429, type: 'LimitExceededException' },
    error: { status: 500, type: 'InternalServerErrorException' },
  },
}

/** What happens before the service sees a call. @returns whether the call has come to its end */
export async function strikeBefore(verdict: Verdict | undefined, call: StruckCall): Promise<boolean> {
  if (verdict === undefined) return false
  const { event, principal, res, refuse } = call
  await verdict.wait()
  const errors = ERRORS[event.split(':')[0] ?? '']
  switch (verdict.fault) {
    case 'kill':
      principal.kill()
      res.destroy()
      return true
    case 'reset':
      res.socket?.resetAndDestroy()
      return true
    case 'hang':
      // Until the caller gives up.
      return true
    case 'throttled':
      if (errors !== undefined) refuse(errors.throttled.status, errors.throttled.type, 'Injected: too many requests.')
      return true
    case 'error':
      if (errors !== undefined) refuse(verdict.status, errors.error.type, 'Injected: the service failed.')
      return true
    case 'gone':
      refuse(410, 'GoneException', 'Gone')
      return true
    default:
      return false
  }
}

/** What happens after the service has done its work. @returns whether the caller gets no answer */
export function strikeAfter(verdict: Verdict | undefined, { principal, res }: StruckCall): boolean {
  if (verdict?.fault === 'kill-after') principal.kill()
  else if (verdict?.fault !== 'lost') return false
  res.destroy()
  return true
}
