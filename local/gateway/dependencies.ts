import type { Meter } from '../billing/meter.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults/faults.ts'
import type { AwsCall, Verdict } from '../iam/gate.ts'
import type { Throttle } from './apis.ts'
import type { TokenBucket } from './throttle.ts'

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
  meter: Meter
  /** Told of each post that was taken. */
  onPost?: () => void
  faults?: Faults
}
