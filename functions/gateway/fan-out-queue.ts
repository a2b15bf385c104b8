import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { CustomEvent } from '../../protocol/events.ts'
import type { Subject } from '../../protocol/ids.ts'
import type { Segment } from '../core/audience.ts'
import { AWS_CLIENT } from '../core/aws-client.ts'
import { mapBounded } from '../core/concurrency.ts'
import { environment } from '../core/environment.ts'

/** What is broadcast: a version of a subject, read when it is posted, or an event that the message carries. */
export type Announcement = { version: number; tombstone: boolean } | { custom: CustomEvent }

/** The tab that made a change, which is left out of its broadcast: a connection of that user, and of nobody else. */
export interface ExcludedConnection {
  connectionId: string
  user: string
}

/** What the fan-out Lambda is asked to do. */
export type FanOutTask =
  /** Broadcast the newest version, if that was not announced. Sent before the commit, seen after the sender has ended. */
  | { kind: 'recheck'; subject: Subject }
  /** Post to the rest of the audience: a range of it, or the rows with these keys, which could not be reached before. */
  | {
      kind: 'rest'
      subject: Subject
      announcement: Announcement
      part: Segment | readonly string[]
      exclude?: ExcludedConnection
    }
  /** Delete the memberships that a deleted group left. */
  | { kind: 'purge'; group: string }

export interface FanOutQueue {
  send(tasks: readonly FanOutTask[]): Promise<void>
}

/** Longer than the update Lambda's timeout (10 s): when a re-check is seen, its sender has finished or died. */
export const RECHECK_DELAY_SECONDS = 15
/** Tasks on their way to the queue at once. */
const SENDS = 10

export class SqsFanOutQueue implements FanOutQueue {
  readonly #client: Pick<SQSClient, 'send'>
  readonly #url: string

  constructor(client: Pick<SQSClient, 'send'>, url: string) {
    this.#client = client
    this.#url = url
  }

  async send(tasks: readonly FanOutTask[]): Promise<void> {
    await mapBounded(tasks, SENDS, async task => {
      await this.#client.send(
        new SendMessageCommand({
          QueueUrl: this.#url,
          MessageBody: JSON.stringify(task),
          ...(task.kind === 'recheck' ? { DelaySeconds: RECHECK_DELAY_SECONDS } : {}),
        }),
      )
    })
  }
}

/** The queue that the stack gave. */
export const openQueue = (): { queue: FanOutQueue } => ({
  queue: new SqsFanOutQueue(new SQSClient(AWS_CLIENT), environment('FAN_OUT_QUEUE_URL')),
})
