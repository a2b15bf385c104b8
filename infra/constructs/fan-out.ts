import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Lambda } from './lambda.ts'

/** The fan-out Lambda's timeout is 60 s; AWS asks for a visibility of six times that. */
const VISIBILITY = Duration.minutes(6)
/** Tasks that a worker takes at once, and workers at most: they share one quota of posts anyway. */
const BATCH = 10
const WORKERS = 20
/** Tries of a task before it is put aside and the alarm rings. */
const TRIES = 5

/** The queue of what an update could not finish itself, and its worker. */
export class FanOut extends Construct {
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { worker }: { worker: Lambda }) {
    super(scope, id)
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) }
    this.deadLetters = new Queue(this, 'DeadLetters', common)
    this.queue = new Queue(this, 'Tasks', {
      ...common,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: TRIES },
    })
    worker.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], this.queue.queueArn)
    new EventSourceMapping(this, 'Source', {
      target: worker.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH,
      maxConcurrency: WORKERS,
      reportBatchItemFailures: true,
    })
  }

  /** Lets a Lambda send tasks. */
  grantSend(lambda: Lambda): void {
    lambda.allow(['sqs:SendMessage'], this.queue.queueArn, { FAN_OUT_QUEUE_URL: this.queue.queueUrl })
  }
}
