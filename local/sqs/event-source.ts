import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type MessageAttributeValue,
} from '@aws-sdk/client-sqs'
import type { Meter } from '../billing/meter.ts'
import type { Faults } from '../faults/faults.ts'
import type { LambdaFunction } from '../lambda/function.ts'
import { REGION } from '../template/physical.ts'
import type { EventSourceDescription } from '../template/stack-template.ts'
import type { SqsEngine } from './engine.ts'

/** Hands the messages of a queue to a function. */
export interface EventSource {
  close(): Promise<void>
}

/** How long one look at the queue waits for a message, seconds. */
const LONG_POLL_SECONDS = 1
/** What Lambda asks of the function's role: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const NEEDED = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
/** Pause after a look that failed. */
const PAUSE_MS = 500

/**
 * Polls a queue and invokes the function with batches, as Lambda's event source mapping does: up to the batch size, after at
 * most the window; what the function reports as failed, or everything where it fails as a whole, is seen again after the
 * visibility timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startEventSource(
  engine: SqsEngine,
  description: EventSourceDescription,
  target: LambdaFunction,
  log: (line: string) => void,
  mayDo: (action: string) => boolean,
  meter: Meter,
  faults?: Faults,
): EventSource {
  const { queueArn, batchSize, windowSeconds, reportBatchItemFailures, maximumConcurrency = 1_000 } = description
  const queueUrl = engine.queueUrl(queueArn)
  const stop = new AbortController()
  const running = new Set<Promise<void>>()

  const receive = async (most: number): Promise<Message[]> => {
    const { Messages = [] } = await engine.client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(10, most),
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: stop.signal },
    )
    const bytes = Messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0)
    if (Messages.length === 0) meter.emptyReceive()
    else meter.sqs('ReceiveMessage', bytes)
    return Messages
  }

  const invoke = async (messages: Message[]): Promise<void> => {
    const result = await target.invoke({ Records: messages.map(message => recordOf(message, queueArn)) })
    const failed = result.ok ? failedItems(result.payload, messages, reportBatchItemFailures) : messages
    const done = messages.filter(message => !failed.includes(message))
    for (let i = 0; i < done.length; i += 10) {
      await engine.client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: done.slice(i, i + 10).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      )
      meter.sqs('DeleteMessageBatch', 0)
    }
  }

  /** A batch that has to wait is not taken from the queue: its messages would be shown again while it waits. */
  const hasRoom = async (): Promise<void> => {
    while (running.size >= maximumConcurrency) await Promise.race(running)
  }

  const begin = async (messages: Message[]): Promise<void> => {
    await hasRoom()
    const work: Promise<void> = invoke(messages)
      .catch((error: unknown) => {
        // What was done and could not be deleted is seen again, as on AWS.
        if (!isStopped()) log(`event source: ${String(error)}`)
      })
      .finally(() => running.delete(work))
    running.add(work)
  }

  const isStopped = (): boolean => stop.signal.aborted
  const poll = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        const missing = NEEDED.find(action => !mayDo(action))
        if (missing !== undefined) throw new Error(`the function's role may not ${missing} on ${queueArn}`)
        await hasRoom()
        const messages = await receive(batchSize)
        const until = Date.now() + windowSeconds * 1000
        while (messages.length > 0 && messages.length < batchSize && Date.now() < until)
          messages.push(...(await receive(batchSize - messages.length)))
        if (messages.length === 0) continue
        const verdicts = messages.map(message => ({ message, verdict: faults?.decide({ event: 'delivery' }) }))
        for (const { verdict } of verdicts) await verdict?.wait()
        await begin(messages)
        // A standard queue may hand a message out more than once.
        const again = verdicts.filter(({ verdict }) => verdict?.fault === 'twice').map(({ message }) => message)
        if (again.length > 0) await begin(again)
      } catch (error) {
        if (isStopped()) return
        log(`event source: ${String(error)}`)
        await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
      }
    }
  }

  const polling = poll()
  return {
    async close() {
      stop.abort()
      await polling
      await Promise.allSettled(running)
    },
  }
}

/** A message as the event that a function gets. */
const recordOf = (message: Message, queueArn: string) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attributeOf(value)]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: REGION,
})

/** Lambda writes the names of an attribute's parts with small letters. */
const attributeOf = ({ DataType, StringValue, BinaryValue }: MessageAttributeValue) => ({
  dataType: DataType,
  ...(StringValue === undefined ? {} : { stringValue: StringValue }),
  ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
  stringListValues: [],
  binaryListValues: [],
})

/**
 * The messages that the function reports as failed. As on AWS, a report that names an unknown message, or has the wrong form,
 * fails the whole batch; an empty one, or none, means that all is well.
 */
function failedItems(payload: unknown, messages: Message[], reports: boolean): Message[] {
  if (!reports || payload === null || payload === undefined) return []
  const failures: unknown = (payload as { batchItemFailures?: unknown }).batchItemFailures
  if (failures === undefined || failures === null) return []
  if (!Array.isArray(failures)) return messages
  const ids = failures.map(failure => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier)
  const failed = ids.map(id => messages.find(message => message.MessageId === id))
  return failed.every(message => message !== undefined) ? failed : messages
}
