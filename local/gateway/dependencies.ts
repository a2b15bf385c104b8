import type { Clock } from '../clock.ts'
import type { AwsCall, Verdict } from '../iam/gate.ts'
import type { Throttle } from './apis.ts'
import type { TokenBucket } from './throttle.ts'

/** What a fault does to a post to a connection. */
export interface PostFault {
  /** Ms to wait before the answer. */
  delayMs?: number
  /** An answer instead of the post; with `reset` the socket is cut without one. */
  error?: { status: number; type: string } | 'reset'
  /** The environment that posts dies: before the post, or after it was done. */
  kill?: 'before' | 'after'
}

/** What a fault does to the news that a connection has closed. */
export type DisconnectFault = 'drop' | 'twice' | { delayMs: number }

/** Faults that can be injected: each hook is asked at the event it is named after. */
export interface GatewayFaults {
  post?: (connectionId: string) => PostFault | undefined
  disconnect?: (connectionId: string) => DisconnectFault | undefined
}

/** What the emulated gateway works with. */
export interface GatewayDependencies {
  clock: Clock
  log: (line: string) => void
  /** Of the Region, shared by both APIs. */
  bucket: TokenBucket
  /** A bucket for the throttle of one stage. */
  stageBucket: (throttle: Throttle) => TokenBucket
  /** Whether a signed call is allowed. */
  authorizeCall: (call: AwsCall) => Verdict
  faults?: GatewayFaults
}
