import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { MAX_CONNECTION_SECONDS } from '../../protocol/limits.ts'
import type { Subject } from '../../protocol/ids.ts'
import { parseSubject } from '../../protocol/ids.ts'
import { audienceKey, segmentEnd, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { mapBounded } from '../core/concurrency.ts'
import { batchGet, batchWrite, query, type Item, type Key, type Table } from './table.ts'

/** One open WebSocket, of one user. */
export interface Connection {
  connectionId: string
  user: string
  /** Ms since 1970. */
  connectedAt: number
  /** Ms since 1970. Only ever grows, by renewal. */
  tokenExpiresAt: number
}

/** A connection as one of its rows says it, with its place in the audience: what a broadcast goes through. */
export interface AudienceRow extends Connection {
  /** `<hh>#<user>#<connectionId>`, or the connection id in the audience of a user. */
  key: string
}

/**
 * The rows of open connections: one under the user, one under each of the user's groups. Rows may say too much (a
 * connection that is gone, a user who is a member no more), never too little.
 */
export class Connections {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async putUserRow(connection: Connection): Promise<void> {
    await this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item: userRow(connection) }))
  }

  async getUserRow(user: string, connectionId: string): Promise<Connection | undefined> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: userKey(user, connectionId), ConsistentRead: true }),
    )
    return Item && fromItem(Item as Item)
  }

  /** The rows of a connection that nobody else can know yet. */
  async putGroupRows(connection: Connection, groups: readonly string[]): Promise<void> {
    await batchWrite(
      this.#table,
      groups.map(group => ({ PutRequest: { Item: groupRow(connection, group) } })),
    )
  }

  /**
   * Makes these rows exist and know the token's expiry. Others may be writing the same rows: the later expiry stays.
   *
   * @param groups undefined means the row under the user
   */
  async ensureRows(rows: readonly { connection: Connection; group?: string }[]): Promise<void> {
    await mapBounded(rows, ROW_WRITES, async ({ connection, group }) => {
      const { pk, sk, ...attributes } = group === undefined ? userRow(connection) : groupRow(connection, group)
      try {
        await this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.name,
            Key: { pk, sk },
            UpdateExpression:
              'SET connectedAt = :connectedAt, tokenExpiresAt = :tokenExpiresAt, expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(pk) OR tokenExpiresAt < :tokenExpiresAt',
            ExpressionAttributeValues: {
              ':connectedAt': attributes.connectedAt,
              ':tokenExpiresAt': attributes.tokenExpiresAt,
              ':expiresAt': attributes.expiresAt,
            },
          }),
        )
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    })
  }

  /** Those of the groups in which this connection has no row. */
  async missingGroupRows(connection: Connection, groups: readonly string[]): Promise<string[]> {
    const keys = new Map(groups.map(group => [groupPk(group), group]))
    const found = await batchGet(
      this.#table,
      groups.map(group => groupKey(connection, group)),
    )
    for (const { pk } of found) keys.delete(pk)
    return [...keys.values()]
  }

  /** Every open connection of a user. */
  async ofUser(user: string): Promise<AudienceRow[]> {
    const rows: AudienceRow[] = []
    for await (const row of this.audience(`user:${user}`)) rows.push(row)
    return rows
  }

  /** The rows of a subject's audience, in the order of the audience, read page by page. */
  async *audience(subject: Subject, segment: Segment = WHOLE_AUDIENCE, pageSize?: number): AsyncGenerator<AudienceRow> {
    const parsed = parseSubject(subject)
    if (parsed === undefined) throw new Error('not a subject')
    const items = query(this.#table, {
      ...(parsed.kind === 'user'
        ? {
            KeyConditionExpression: 'pk = :pk AND sk > :after',
            ExpressionAttributeValues: {
              ':pk': userPk(parsed.id),
              ':after': segment.after === '' ? ' ' : segment.after,
            },
          }
        : {
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :to',
            ExpressionAttributeValues: {
              ':pk': groupPk(parsed.id),
              ':after': segment.after === '' ? '0' : segment.after,
              ':to': segmentEnd(segment),
            },
          }),
      ...(pageSize === undefined ? {} : { Limit: pageSize }),
    })
    const now = this.#table.clock.now()
    for await (const item of items) {
      // BETWEEN takes its first key in; a segment does not.
      if (item.sk === segment.after) continue
      // TTL deletes late, typically within two days.
      if (Number(item['expiresAt']) * 1000 <= now) continue
      yield { ...fromItem(item), key: item.sk }
    }
  }

  /** Deletes the user rows of these connections and their rows in these groups. Rows that are not there do not matter. */
  async deleteRows(
    connections: readonly Pick<Connection, 'user' | 'connectionId'>[],
    groups: readonly string[],
  ): Promise<void> {
    const keys = connections.flatMap(connection => [
      userKey(connection.user, connection.connectionId),
      ...groups.map(group => groupKey(connection, group)),
    ])
    await batchWrite(
      this.#table,
      keys.map(key => ({ DeleteRequest: { Key: key } })),
    )
  }
}

/** Conditional row writes under way at once. */
const ROW_WRITES = 16
/** Rows outlive the connection by 5 minutes, then DynamoDB deletes them, whatever was missed. */
const ROW_LIFE_SECONDS = MAX_CONNECTION_SECONDS + 300

const userPk = (user: string): string => `USER#${user}`
const groupPk = (group: string): string => `GROUP#${group}`
const userKey = (user: string, connectionId: string): Key => ({ pk: userPk(user), sk: connectionId })
const groupKey = (connection: Pick<Connection, 'user' | 'connectionId'>, group: string): Key => ({
  pk: groupPk(group),
  sk: `${audienceKey(connection.user)}#${connection.connectionId}`,
})

const attributesOf = ({ connectedAt, tokenExpiresAt }: Connection) => ({
  connectedAt,
  tokenExpiresAt,
  /** Seconds since 1970, as TTL wants it. */
  expiresAt: Math.floor(connectedAt / 1000) + ROW_LIFE_SECONDS,
})
const userRow = (connection: Connection) => ({
  ...userKey(connection.user, connection.connectionId),
  ...attributesOf(connection),
})
const groupRow = (connection: Connection, group: string) => ({
  ...groupKey(connection, group),
  ...attributesOf(connection),
})

function fromItem(item: Item): Connection {
  const inGroup = item.pk.startsWith('GROUP#')
  const [, user = '', connectionId = ''] = inGroup ? item.sk.split('#') : ['', item.pk.slice('USER#'.length), item.sk]
  return {
    connectionId,
    user,
    connectedAt: Number(item['connectedAt']),
    tokenExpiresAt: Number(item['tokenExpiresAt']),
  }
}
