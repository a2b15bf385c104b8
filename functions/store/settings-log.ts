import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Change, Settings } from '../../protocol/documents.ts'
import { parseSubject, type Subject } from '../../protocol/ids.ts'
import type { VersionRecord } from '../core/versions.ts'
import { packJson, unpackJson } from './packed-json.ts'
import { holds, query, queryFirst, type Item, type Key, type Table } from './table.ts'

/**
 * The log of versions. It is the database: the newest version is the current state, and one conditional put of the next
 * one commits state and audit record at once.
 *
 * Settings and changes are stored as JSON: DynamoDB's own maps nest 32 deep at most and round large numbers.
 */
export class SettingsLog {
  readonly #table: Table
  readonly #retentionDays: number

  /** @param retentionDays how long a superseded version is kept; the newest is kept for good */
  constructor(table: Table, retentionDays: number) {
    this.#table = table
    this.#retentionDays = retentionDays
  }

  /** The current state of a subject; undefined where it never had a version. */
  async newest(subject: Subject): Promise<VersionRecord | undefined> {
    return this.newerThan(subject, 0)
  }

  /** The newest version, if it is newer than `version`. Reads no document when there is none: half a read unit a KB less. */
  async newerThan(subject: Subject, version: number): Promise<VersionRecord | undefined> {
    if (version >= MAX_VERSION) return undefined
    const item = await queryFirst(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :last',
      ExpressionAttributeValues: { ':pk': pkOf(subject), ':after': versionKey(version + 1), ':last': LAST_VERSION },
      ScanIndexForward: false,
    })
    return item && fromItem(subject, item)
  }

  /** One version, or undefined where it never was or is no longer kept. */
  async version(subject: Subject, version: number): Promise<VersionRecord | undefined> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: keyOf(subject, version), ConsistentRead: true }),
    )
    return Item && this.#isKept(Item as Item) ? fromItem(subject, Item as Item) : undefined
  }

  /** Versions from newest to oldest, below `before`, at most `limit`. */
  async history(subject: Subject, limit: number, before = MAX_VERSION): Promise<VersionRecord[]> {
    if (before <= 1) return []
    const records: VersionRecord[] = []
    const items = query(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':pk': pkOf(subject),
        ':first': versionKey(1),
        ':last': versionKey(before - 1),
      },
      ScanIndexForward: false,
      Limit: limit,
    })
    for await (const item of items) {
      if (this.#isKept(item)) records.push(fromItem(subject, item))
      if (records.length === limit) break
    }
    return records
  }

  /**
   * Commits a version: one conditional put of a key that is not there.
   *
   * @returns false where somebody else committed this version first
   */
  async append(record: VersionRecord): Promise<boolean> {
    try {
      await this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: toItem(record),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
      return true
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      // The SDK sends a put again when its answer was lost: the version that is in the way may be this very one.
      return error.Item?.['commitId']?.S === record.commitId
    }
  }

  /** Starts the retention of a version that is no longer the newest (TTL: deleted within days after `expiresAt`). */
  async supersede(subject: Subject, version: number): Promise<void> {
    const expiresAt = Math.floor(this.#table.clock.now() / 1000) + this.#retentionDays * 86_400
    await this.#set(subject, version, 'expiresAt', expiresAt)
  }

  /** Records that every post of this version was done or handed to the queue. */
  async markAnnounced(subject: Subject, version: number, at: string): Promise<void> {
    await this.#set(subject, version, 'announcedAt', at)
  }

  async #set(subject: Subject, version: number, attribute: string, value: unknown): Promise<void> {
    // A version whose retention ended in between needs no mark.
    await holds(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: keyOf(subject, version),
          UpdateExpression: 'SET #attribute = :value',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: { ':value': value },
        }),
      ),
    )
  }

  /** TTL deletes late, typically within two days: until then an expired version is still read. */
  #isKept(item: Item): boolean {
    const expiresAt = item['expiresAt']
    return typeof expiresAt !== 'number' || expiresAt * 1000 > this.#table.clock.now()
  }
}

const MAX_VERSION = 9_999_999_999
const versionKey = (version: number): string => `VERSION#${String(version).padStart(10, '0')}`
const LAST_VERSION = versionKey(MAX_VERSION)

/** `GROUP#<id>` or `USER#<id>`. */
function pkOf(subject: Subject): string {
  const parsed = parseSubject(subject)
  if (parsed === undefined) throw new Error('not a subject')
  return `${parsed.kind.toUpperCase()}#${parsed.id}`
}
const keyOf = (subject: Subject, version: number): Key => ({ pk: pkOf(subject), sk: versionKey(version) })

function toItem({ subject, version, settings, change, ...rest }: VersionRecord): Item {
  return { ...keyOf(subject, version), settings: packJson(settings), change: packJson(change), ...rest }
}

function fromItem(subject: Subject, item: Item): VersionRecord {
  const text = (name: string): string => String(item[name])
  return {
    subject,
    version: Number(item.sk.slice('VERSION#'.length)),
    settings: unpackJson(item['settings']) as Settings,
    change: unpackJson(item['change']) as Change,
    updatedBy: text('updatedBy'),
    updatedAt: text('updatedAt'),
    tombstone: item['tombstone'] === true,
    commitId: text('commitId'),
    ...(item['announcedAt'] === undefined ? {} : { announcedAt: text('announcedAt') }),
  }
}
