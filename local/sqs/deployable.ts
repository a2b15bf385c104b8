import type { EventSourceDescription, FunctionDescription, QueueDescription } from '../template/stack-template.ts'

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 *
 * @throws Error where AWS would refuse the event source at its deployment
 */
export function assertDeployable(
  { batchSize, windowSeconds, maximumConcurrency }: EventSourceDescription,
  { queueName, visibilityTimeout, redrive }: QueueDescription,
  { logicalId, timeoutMs }: Pick<FunctionDescription, 'logicalId' | 'timeoutMs'>,
): void {
  const refuse = (what: string): never => {
    throw new Error(`The event source of ${logicalId} on ${queueName} ${what}: AWS would refuse it.`)
  }
  const isWithin = (value: number, least: number, most: number): boolean => value >= least && value <= most
  if (visibilityTimeout * 1000 < timeoutMs)
    refuse(`shows messages again after ${visibilityTimeout} s, before the function's timeout of ${timeoutMs / 1000} s`)
  if (!isWithin(batchSize, 1, 10_000)) refuse(`has batches of ${batchSize}, not 1 to 10,000`)
  if (!isWithin(windowSeconds, 0, 300)) refuse(`has a window of ${windowSeconds} s, not 0 to 300`)
  if (batchSize > 10 && windowSeconds < 1) refuse('has batches over 10 and no window of a second or more')
  if (maximumConcurrency !== undefined && !isWithin(maximumConcurrency, 2, 1_000))
    refuse(`has a maximum concurrency of ${maximumConcurrency}, not 2 to 1,000`)
  if (redrive !== undefined && !isWithin(redrive.maxReceiveCount, 1, 1_000))
    refuse(`gives a message up after ${redrive.maxReceiveCount} receives, not 1 to 1,000`)
}
