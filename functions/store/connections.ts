import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { MAX_CONNECTION_SECONDS } from '../../protocol/limits.ts'
import type { Subject } from '../../protocol/ids.ts'
import { parseSubject } from '../../protocol/ids.ts'
import { audienceKey, segmentEnd, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { mapBounded } from '../core/concurrency.ts'
import { batchGet, batchWrite, holds, query, type Item, type Key, type Table } from './table.ts'

/** One open WebSocket, of one user. */
export interface Connection {
  connectionId: string
  user: string
  /** Ms since 1970. */
  connectedAt: number
  /** Ms since 1970. Only ever grows, by renewal, until the connection is ended. */
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
      const row = group === undefined ? userRow(connection) : groupRow(connection, group)
      await this.#writeIf('attribute_not_exists(pk) OR tokenExpiresAt < :tokenExpiresAt', row)
    })
  }

  /**
   * Gives the user row a later expiry, unless the connection has been ended.
   *
   * @returns false where it has been, or has no row
   */
  async extend(connection: Connection): Promise<boolean> {
    const { user, connectionId } = connection
    const isOpen = 'tokenExpiresAt > :ended AND tokenExpiresAt < :tokenExpiresAt'
    if (await this.#writeIf(isOpen, userRow(connection), { ':ended': ENDED })) return true
    return ((await this.getUserRow(user, connectionId))?.tokenExpiresAt ?? ENDED) > ENDED
  }

  /**
   * Ends a connection whose token has expired: from then on no renewal extends it. The row stays, so that whoever comes next
   * closes what is not closed by then.
   *
   * @returns false where its token was renewed meanwhile
   */
  async end(connection: Connection): Promise<boolean> {
    const isOver = 'attribute_not_exists(pk) OR tokenExpiresAt <= :now'
    const row = userRow({ ...connection, tokenExpiresAt: ENDED })
    return this.#writeIf(isOver, row, { ':now': this.#table.clock.now() })
  }

  /** @returns whether the condition held, so that the row was written */
  #writeIf(condition: string, row: Key & ReturnType<typeof attributesOf>, more: Record<string, number> = {}) {
    return holds(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: { pk: row.pk, sk: row.sk },
          UpdateExpression: 'SET connectedAt = :connectedAt, tokenExpiresAt = :tokenExpiresAt, expiresAt = :expiresAt',
          ConditionExpression: condition,
          ExpressionAttributeValues: {
            ':connectedAt': row.connectedAt,
            ':tokenExpiresAt': row.tokenExpiresAt,
            ':expiresAt': row.expiresAt,
            ...more,
          },
        }),
      ),
    )
  }

  /** Those of the groups in which this connection has no row, or one that a renewal did not get to. */
  async wrongGroupRows(connection: Connection, groups: readonly string[]): Promise<string[]> {
    const wrong = new Map(groups.map(group => [groupPk(group), group]))
    const found = await batchGet(
      this.#table,
      groups.map(group => groupKey(connection, group)),
    )
    for (const item of found) if (fromItem(item).tokenExpiresAt >= connection.tokenExpiresAt) wrong.delete(item.pk)
    return [...wrong.values()]
  }

  /** Every open connection of a user. */
  async ofUser(user: string): Promise<AudienceRow[]> {
    const rows: AudienceRow[] = []
    for await (const row of this.audience(`user:${user}`)) rows.push(row)
    return rows
  }

  /** The rows in a part of a subject's audience: a range, or those with these keys. In the order of the audience. */
  rows(subject: Subject, part: Segment | readonly string[], pageSize?: number): AsyncGenerator<AudienceRow> {
    return 'to' in part ? this.audience(subject, part, pageSize) : this.#withKeys(subject, part)
  }

  async *#withKeys(subject: Subject, keys: readonly string[]): AsyncGenerator<AudienceRow> {
    const pk = audiencePk(subject)
    const items = await batchGet(
      this.#table,
      keys.map(sk => ({ pk, sk })),
    )
    yield* this.#current(items.sort((a, b) => (a.sk < b.sk ? -1 : 1)))
  }

  /** The rows of a subject's audience, in the order of the audience, read page by page. */
  async *audience(subject: Subject, segment: Segment = WHOLE_AUDIENCE, pageSize?: number): AsyncGenerator<AudienceRow> {
    const pk = audiencePk(subject)
    const items = query(this.#table, {
      ...(pk.startsWith('USER#')
        ? {
            KeyConditionExpression: 'pk = :pk AND sk > :after',
            ExpressionAttributeValues: { ':pk': pk, ':after': segment.after === '' ? ' ' : segment.after },
          }
        : {
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :to',
            ExpressionAttributeValues: {
              ':pk': pk,
              ':after': segment.after === '' ? '0' : segment.after,
              ':to': segmentEnd(segment),
            },
          }),
      ...(pageSize === undefined ? {} : { Limit: pageSize }),
    })
    // BETWEEN takes its first key in; a segment does not.
    for await (const row of this.#current(items)) if (row.key !== segment.after) yield row
  }

  /** TTL deletes late, typically within two days: rows that are over are passed over. */
  async *#current(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<AudienceRow> {
    for await (const item of items)
      if (Number(item['expiresAt']) * 1000 > this.#table.clock.now()) yield { ...fromItem(item), key: item.sk }
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

/** The expiry in the row of a connection that was ended: long ago, so that nothing is delivered to it. */
const ENDED = 0
/** Conditional row writes under way at once. */
const ROW_WRITES = 16
/** Rows outlive the connection by 5 minutes, then DynamoDB deletes them, whatever was missed. */
const ROW_LIFE_SECONDS = MAX_CONNECTION_SECONDS + 300

const userPk = (user: string): string => `USER#${user}`
const groupPk = (group: string): string => `GROUP#${group}`
const userKey = (user: string, connectionId: string): Key => ({ pk: userPk(user), sk: connectionId })
/** @throws Error where the text is no subject */
function audiencePk(subject: Subject): string {
  const parsed = parseSubject(subject)
  if (parsed === undefined) throw new Error('not a subject')
  return parsed.kind === 'user' ? userPk(parsed.id) : groupPk(parsed.id)
}
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
