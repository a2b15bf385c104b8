import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Meter } from '../../local/billing/meter.ts'
import { systemClock } from '../../local/clock.ts'
import { Faults } from '../../local/faults/faults.ts'
import { assertDeployable } from '../../local/sqs/deployable.ts'
import { startEventSource } from '../../local/sqs/event-source.ts'
import { startSqs, type SqsEngine } from '../../local/sqs/engine.ts'
import type { EventSourceDescription } from '../../local/template/stack-template.ts'
import { FakeFunction, until } from '../support/gateway.ts'
import { smallTemplate } from '../support/template.ts'
import { aws } from './source.ts'

const SQS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/'
const VISIBILITY = `${SQS}sqs-visibility-timeout.html`
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/'
const ERRORS = `${LAMBDA}services-sqs-errorhandling.html`
const CONFIGURE = `${LAMBDA}services-sqs-configure.html`

/** The queues of a template: 30 s until a message is seen again, five receives until it is given up. */
const queues = smallTemplate({
  Tasks: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 30,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
    },
  },
  Dead: { Type: 'AWS::SQS::Queue' },
}).queues()
const [tasks, dead] = queues.map(({ arn }) => arn) as [string, string]

let sqs: SqsEngine
let closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  // The queue goes by this clock; its timers stay real.
  vi.useFakeTimers({ toFake: ['Date'] })
  sqs = await startSqs(queues)
  closing = [() => sqs.close()]
})
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  vi.useRealTimers()
})

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

interface Batch {
  Records: { messageId: string; body: string; attributes: Record<string, string>; [other: string]: unknown }[]
}

/** A function over the queue, and what it was given: the bodies of each batch. */
function startConsumer(
  handler: (batch: Batch) => unknown = () => null,
  own: Partial<EventSourceDescription> = {},
  faults?: Faults,
) {
  const batches: string[][] = []
  const target = new FakeFunction((batch: never) => {
    batches.push((batch as Batch).Records.map(({ body }) => body))
    return handler(batch)
  })
  const description: EventSourceDescription = {
    queueArn: tasks,
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:consumer',
    roleArn: 'arn:aws:iam::123456789012:role/consumer',
    batchSize: 10,
    windowSeconds: 0,
    reportBatchItemFailures: true,
    maximumConcurrency: undefined,
    ...own,
  }
  const meter = new Meter(systemClock)
  const source = startEventSource(
    sqs,
    description,
    target,
    () => undefined,
    () => true,
    meter,
    faults,
  )
  closing.push(() => source.close())
  return { batches, target, seen: () => batches.flat() }
}

async function send(bodies: string[], own: { DelaySeconds?: number } = {}): Promise<void> {
  for (let i = 0; i < bodies.length; i += 10) {
    const Entries = bodies.slice(i, i + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody, ...own }))
    await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: sqs.queueUrl(tasks), Entries }))
  }
}

/** Messages of a queue that can be seen, that cannot be seen yet, and that wait for their delay. */
async function count(arn: string): Promise<number[]> {
  const names = (['', 'NotVisible', 'Delayed'] as const).map(kind => `ApproximateNumberOfMessages${kind}` as const)
  const { Attributes = {} } = await sqs.client.send(
    new GetQueueAttributesCommand({ QueueUrl: sqs.queueUrl(arn), AttributeNames: ['All'] }),
  )
  return names.map(name => Number(Attributes[name]))
}
const isEmpty = async () => {
  while ((await count(tasks)).some(some => some > 0)) await new Promise(resolve => setTimeout(resolve, 5))
}

test(aws('16 a message is not seen before its delay is over', `${SQS}sqs-delay-queues.html`), async () => {
  await send(['late'], { DelaySeconds: 15 })
  await send(['now'])
  const { seen } = startConsumer()
  await until(() => seen().length === 1)
  expect(seen()).toEqual(['now'])
  pass(14)
  await send(['between'])
  await until(() => seen().length === 2)
  pass(1)
  await until(() => seen().length === 3)
  expect(seen()).toEqual(['now', 'between', 'late'])
})

test(aws('16 a message whose function fails is seen again after the visibility timeout', VISIBILITY), async () => {
  let fails = true
  const { seen, target } = startConsumer(() => {
    if (fails) throw new Error('not yet')
    return null
  })
  await send(['task'])
  await until(() => seen().length === 1)
  fails = false
  pass(29)
  await send(['other'])
  await until(() => seen().includes('other'))
  expect(seen()).toEqual(['task', 'other'])
  pass(1)
  await until(() => seen().length === 3)
  const again = (target.events.at(-1) as unknown as Batch).Records[0]!
  expect([again.body, again.attributes['ApproximateReceiveCount']]).toEqual(['task', '2'])
  await isEmpty()
})

test(aws('16 what a function reports as failed is seen again, the rest of its batch is done', ERRORS), async () => {
  await send(['a', 'b', 'c'])
  let once = true
  const { batches, seen } = startConsumer(({ Records }) => {
    const failed = Records.filter(({ body }) => once && body === 'b')
    once = false
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
  })
  await until(() => batches.length === 1)
  while ((await count(tasks))[1] !== 1) await new Promise(resolve => setTimeout(resolve, 5))
  pass(30)
  await until(() => batches.length === 2)
  expect(seen()).toEqual(['a', 'b', 'c', 'b'])
  await isEmpty()
})

test.each<[string, (records: Batch['Records']) => unknown]>([
  ['names a message that was not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] })],
  ['names nothing', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ['has another form', () => ({ batchItemFailures: 'all' })],
])(aws('16 a report that %s fails the whole batch', ERRORS), async (_, report) => {
  await send(['a', 'b'])
  const { batches } = startConsumer(({ Records }) => report(Records))
  await until(() => batches.length === 1)
  pass(30)
  await until(() => batches.length === 2)
  expect([...batches[1]!].sort()).toEqual(['a', 'b'])
})

test(aws('16 a result with a status is no report: the messages are gone', ERRORS), async () => {
  await send(['a'])
  const { seen } = startConsumer(() => ({ statusCode: 500 }))
  await until(() => seen().length === 1)
  await isEmpty()
})

test(aws('16 without ReportBatchItemFailures a report is not read', ERRORS), async () => {
  await send(['a'])
  const { seen } = startConsumer(
    ({ Records }) => ({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }),
    { reportBatchItemFailures: false },
  )
  await until(() => seen().length === 1)
  await isEmpty()
})

test(aws('16 a batch holds no more than the batch size', CONFIGURE), async () => {
  await send(Array.from({ length: 7 }, (_, i) => String(i)))
  const { batches, seen } = startConsumer(() => null, { batchSize: 3 })
  await until(() => seen().length === 7)
  expect(batches.map(({ length }) => length)).toEqual([3, 3, 1])
})

test(aws('16 a batch over ten is gathered within its window', CONFIGURE), async () => {
  await send(Array.from({ length: 25 }, (_, i) => String(i)))
  const { batches, seen } = startConsumer(() => null, { batchSize: 20, windowSeconds: 20 })
  await until(() => batches.length === 1)
  expect(batches[0]).toHaveLength(20)
  // The five that are left wait for more, until the window is over.
  while ((await count(tasks))[1] !== 5) await new Promise(resolve => setTimeout(resolve, 5))
  expect(batches).toHaveLength(1)
  pass(20)
  await until(() => seen().length === 25)
  expect(batches).toHaveLength(2)
})

test(aws('16 no more batches run at once than the maximum concurrency, and none waits unseen', CONFIGURE), async () => {
  await send(['1', '2', '3', '4', '5'])
  const finish: (() => void)[] = []
  const { batches } = startConsumer(() => new Promise(resolve => finish.push(() => resolve(null))), {
    batchSize: 1,
    maximumConcurrency: 2,
  })
  for (let done = 0; done < 5; done++) {
    await until(() => batches.length === Math.min(5, done + 2))
    const [visible] = await count(tasks)
    expect([batches.length, visible]).toEqual([Math.min(5, done + 2), Math.max(0, 3 - done)])
    finish[done]!()
  }
  await isEmpty()
})

test(
  aws('16 a message that fails five times goes to the dead letters', `${SQS}sqs-dead-letter-queues.html`),
  async () => {
    await send(['poison'])
    const { seen } = startConsumer(() => {
      throw new Error('never')
    })
    for (let times = 1; times <= 5; times++) {
      await until(() => seen().length === times)
      pass(30)
    }
    while ((await count(dead))[0] !== 1) await new Promise(resolve => setTimeout(resolve, 5))
    expect(seen()).toHaveLength(5)
    expect(await count(tasks)).toEqual([0, 0, 0])
    const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl(dead) }))
    expect(Messages?.[0]?.Body).toBe('poison')
  },
)

test(aws('16 a message can come twice, on request', `${SQS}standard-queues-at-least-once-delivery.html`), async () => {
  const faults = new Faults({ seed: 1, rules: [{ on: 'delivery', fault: 'twice', times: 1 }] })
  const { seen, target } = startConsumer(() => null, {}, faults)
  await send(['task'])
  await until(() => seen().length === 2)
  const ids = target.events.map(event => (event as unknown as Batch).Records[0]!.messageId)
  expect(ids[0]).toBe(ids[1])
})

test(aws('16 a function gets its messages in the form of an SQS event', `${LAMBDA}with-sqs.html`), async () => {
  const { target } = startConsumer()
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } }
  const Entries = [{ Id: '1', MessageBody: '{"a":1}', MessageAttributes }]
  await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: sqs.queueUrl(tasks), Entries }))
  await until(() => target.events.length === 1)
  expect((target.events[0] as unknown as Batch).Records[0]).toMatchObject({
    body: '{"a":1}',
    eventSource: 'aws:sqs',
    eventSourceARN: tasks,
    awsRegion: 'us-east-1',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) as string },
    messageAttributes: { kind: { dataType: 'String', stringValue: 'x' } },
    md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    receiptHandle: expect.any(String) as string,
  })
})

const source = { batchSize: 10, windowSeconds: 0, maximumConcurrency: 20 } as EventSourceDescription
test.each<[string, Partial<EventSourceDescription>, number]>([
  ['a function that may run longer than its messages are hidden', {}, 31],
  ['batches over 10 and no window', { batchSize: 11 }, 10],
  ['batches over 10,000', { batchSize: 10_001, windowSeconds: 1 }, 10],
  ['a window over 300 s', { windowSeconds: 301 }, 10],
  ['a maximum concurrency of 1', { maximumConcurrency: 1 }, 10],
])(aws('16 an event source with %s is refused before anything runs', CONFIGURE), (_, own, timeoutSeconds) => {
  const consumer = { logicalId: 'Consumer', timeoutMs: timeoutSeconds * 1000 }
  expect(() => assertDeployable({ ...source, ...own }, queues[0]!, consumer)).toThrow('AWS would refuse it')
})
