import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Role } from '../../protocol/documents.ts'
import { audienceKey, segmentEnd, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { batchGet, batchWrite, query, type Item, type Key, type Table } from './table.ts'

/** A user is in a group. This item is the truth: no settings of the group reach a user who has none. */
export interface Membership {
  group: string
  user: string
  role: Role
  /** ISO 8601. */
  since: string
}

/** A membership with its place in the order of the audience. */
export interface OrderedMembership extends Membership {
  /** `<hh>#<user>`. */
  key: string
}

/** Says that a user may be in a group. It may say too much, never too little. */
export interface IndexEntry {
  group: string
  /** Ms since 1970. */
  writtenAt: number
}

export class Memberships {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async get(group: string, user: string): Promise<Membership | undefined> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: memberKey(group, user), ConsistentRead: true }),
    )
    return Item && fromItem(Item as Item)
  }

  /** The true memberships of one user among these groups. */
  async among(groups: readonly string[], user: string): Promise<Membership[]> {
    const items = await batchGet(
      this.#table,
      groups.map(group => memberKey(group, user)),
    )
    return items.map(fromItem)
  }

  /** Those of these users who are members of the group. */
  async usersAmong(group: string, users: readonly string[]): Promise<Set<string>> {
    const items = await batchGet(
      this.#table,
      users.map(user => memberKey(group, user)),
    )
    return new Set(items.map(item => fromItem(item).user))
  }

  /** The members of a group in the order of the audience. */
  async *of(group: string, segment: Segment = WHOLE_AUDIENCE, pageSize?: number): AsyncGenerator<OrderedMembership> {
    const items = query(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':pk': groupPk(group),
        // A segment may begin within a user's connections: that user's membership is needed too.
        ':from': `MEMBER#${segment.after.split('#').slice(0, 2).join('#')}`,
        ':to': `MEMBER#${segmentEnd(segment)}`,
      },
      ...(pageSize === undefined ? {} : { Limit: pageSize }),
    })
    for await (const item of items) yield { ...fromItem(item), key: item.sk.slice('MEMBER#'.length) }
  }

  /** Writes the truth. The caller has written the index and the rows before: see steps/add-member.ts. */
  async put({ group, user, role, since }: Membership): Promise<void> {
    await this.#table.client.send(
      new PutCommand({ TableName: this.#table.name, Item: { ...memberKey(group, user), role, since } }),
    )
  }

  /** Deletes the truth; nothing else. Whether it was there. */
  async delete(group: string, user: string): Promise<boolean> {
    const { Attributes } = await this.#table.client.send(
      new DeleteCommand({ TableName: this.#table.name, Key: memberKey(group, user), ReturnValues: 'ALL_OLD' }),
    )
    return Attributes !== undefined
  }

  /** Deletes the memberships of these users, as a deleted group's are. */
  async deleteAll(group: string, users: readonly string[]): Promise<void> {
    await batchWrite(
      this.#table,
      users.map(user => ({ DeleteRequest: { Key: memberKey(group, user) } })),
    )
  }

  /** Every group that the user may be in. */
  async indexOf(user: string): Promise<IndexEntry[]> {
    const entries: IndexEntry[] = []
    const items = query(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :group)',
      ExpressionAttributeValues: { ':pk': userPk(user), ':group': 'GROUP#' },
    })
    for await (const item of items)
      entries.push({ group: item.sk.slice('GROUP#'.length), writtenAt: Number(item['writtenAt']) })
    return entries
  }

  async putIndex(group: string, user: string): Promise<void> {
    await this.#table.client.send(
      new PutCommand({
        TableName: this.#table.name,
        Item: { ...indexKey(group, user), writtenAt: this.#table.clock.now() },
      }),
    )
  }

  /** Deletes an index entry if nobody has written it since it was read: an adder writes it anew before all else. */
  async collectIndex(entry: IndexEntry, user: string): Promise<void> {
    try {
      await this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: indexKey(entry.group, user),
          ConditionExpression: 'writtenAt = :read',
          ExpressionAttributeValues: { ':read': entry.writtenAt },
        }),
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  }
}

const groupPk = (group: string): string => `GROUP#${group}`
const userPk = (user: string): string => `USER#${user}`
const memberKey = (group: string, user: string): Key => ({ pk: groupPk(group), sk: `MEMBER#${audienceKey(user)}` })
const indexKey = (group: string, user: string): Key => ({ pk: userPk(user), sk: `GROUP#${group}` })

/** `MEMBER#<hh>#<user>`. */
const fromItem = (item: Item): Membership => ({
  group: item.pk.slice('GROUP#'.length),
  user: item.sk.slice('MEMBER#hh#'.length),
  role: item['role'] === 'admin' ? 'admin' : 'member',
  since: String(item['since']),
})
