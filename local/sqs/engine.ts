import { SQSClient } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { REGION } from '../template/physical.ts'
import type { QueueDescription } from '../template/stack-template.ts'

/** An SQS that holds the template's queues. */
export interface SqsEngine {
  url: string
  client: SQSClient
  /** The engine's own address of a queue, by its ARN. */
  queueUrl(arn: string): string
  close(): Promise<void>
}

/** Starts fauxqs in this process with the template's queues. */
export async function startSqs(queues: readonly QueueDescription[]): Promise<SqsEngine> {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, defaultRegion: REGION })
  const client = new SQSClient({
    endpoint: server.address,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const urls = new Map<string, string>()
  // A queue must be there before another one names it as the place of its dead letters.
  const ordered = [...queues].sort((a, b) => Number(a.redrive !== undefined) - Number(b.redrive !== undefined))
  for (const { queueName, arn, visibilityTimeout, delay, redrive } of ordered) {
    const target = redrive && queues.find(queue => queue.arn === redrive.deadLetterTargetArn)
    if (redrive !== undefined && target === undefined)
      throw new Error(
        `The dead letters of ${queueName} go to ${redrive.deadLetterTargetArn}, which is not in the template.`,
      )
    const { queueUrl } = server.createQueue(queueName, {
      attributes: {
        VisibilityTimeout: String(visibilityTimeout),
        DelaySeconds: String(delay),
        ...(redrive === undefined || target === undefined
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: `arn:aws:sqs:${REGION}:000000000000:${target.queueName}`,
                maxReceiveCount: String(redrive.maxReceiveCount),
              }),
            }),
      },
    })
    urls.set(arn, queueUrl)
  }
  return {
    url: server.address,
    client,
    queueUrl(arn) {
      const url = urls.get(arn)
      if (url === undefined) throw new Error(`There is no queue ${arn}.`)
      return url
    },
    async close() {
      client.destroy()
      await server.stop()
    },
  }
}
