import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Role } from '../../protocol/documents.ts'
import { audienceKey, segmentEnd, WHOLE_AUDIENCE, type Segment } from '../core/audience.ts'
import { batchGet, holds, query, type Item, type Key, type Table } from './table.ts'

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
  /** The group's version when this was written: it tells the memberships of a deleted group from those of its successor. */
  groupVersion: number
  /** An admin who is about to go, and does not count as one who stays, until this time; ms since 1970. */
  steppingDownUntil: number
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

  /** The members of a group in a part of its audience, in the order of the audience. */
  within(group: string, part: Segment | readonly string[], pageSize?: number): AsyncGenerator<OrderedMembership> {
    return 'to' in part ? this.of(group, part, pageSize) : this.#ofRows(group, part)
  }

  async *#ofRows(group: string, rowKeys: readonly string[]): AsyncGenerator<OrderedMembership> {
    const keys = new Set(rowKeys.map(key => `MEMBER#${key.slice(0, key.lastIndexOf('#'))}`))
    const items = await batchGet(
      this.#table,
      [...keys].map(sk => ({ pk: groupPk(group), sk })),
    )
    yield* items.map(toOrdered).sort((a, b) => (a.key < b.key ? -1 : 1))
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
    for await (const item of items) yield toOrdered(item)
  }

  /**
   * Writes the truth. The caller has written the index and the rows before: see steps/members.ts.
   *
   * @param groupVersion the group's version at that time: it tells this membership from those of a deleted group
   * @param steppingDown the mark of an admin who becomes a member
   * @returns false where that would make a member of somebody who is an admin and not stepping down
   */
  async put({ group, user, role, since }: Membership, groupVersion: number, steppingDown?: number): Promise<boolean> {
    return holds(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: { ...memberKey(group, user), role, since, groupVersion },
          ...(role === 'admin' ? {} : mayGo(steppingDown, 'attribute_not_exists(pk) OR ')),
        }),
      ),
    )
  }

  /**
   * Deletes the truth; nothing else.
   *
   * @param steppingDown the mark of an admin
   * @returns 'refused' where the user is an admin and not stepping down
   */
  async delete(group: string, user: string, steppingDown?: number): Promise<'deleted' | 'absent' | 'refused'> {
    try {
      await this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: memberKey(group, user),
          ...mayGo(steppingDown),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
      return 'deleted'
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      return error.Item === undefined ? 'absent' : 'refused'
    }
  }

  /** Deletes the membership of a deleted group: one that was written before this version, its tombstone. */
  async deleteOlder(group: string, user: string, tombstone: number): Promise<void> {
    await holds(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: memberKey(group, user),
          ConditionExpression: 'groupVersion < :tombstone',
          ExpressionAttributeValues: { ':tombstone': tombstone },
        }),
      ),
    )
  }

  /** Marks an admin as stepping down until `mark`, ms since 1970. False where there is no such admin or somebody else did. */
  async beginStepDown(group: string, user: string, mark: number): Promise<boolean> {
    return holds(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: memberKey(group, user),
          UpdateExpression: 'SET steppingDownUntil = :mark',
          ConditionExpression:
            '#role = :admin AND (attribute_not_exists(steppingDownUntil) OR steppingDownUntil <= :now)',
          ExpressionAttributeNames: { '#role': 'role' },
          ExpressionAttributeValues: { ':mark': mark, ':admin': 'admin', ':now': this.#table.clock.now() },
        }),
      ),
    )
  }

  /** Takes the mark back. */
  async endStepDown(group: string, user: string, mark: number): Promise<void> {
    await holds(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: memberKey(group, user),
          UpdateExpression: 'REMOVE steppingDownUntil',
          ConditionExpression: 'steppingDownUntil = :mark',
          ExpressionAttributeValues: { ':mark': mark },
        }),
      ),
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
    await holds(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: indexKey(entry.group, user),
          ConditionExpression: 'writtenAt = :read',
          ExpressionAttributeValues: { ':read': entry.writtenAt },
        }),
      ),
    )
  }
}

/** The condition under which a membership may cease to be an admin's: it is none, or carries the mark of who asks. */
const mayGo = (steppingDown: number | undefined, orElse = '') =>
  steppingDown === undefined
    ? {
        ConditionExpression: `${orElse}#role = :member`,
        ExpressionAttributeNames: { '#role': 'role' },
        ExpressionAttributeValues: { ':member': 'member' },
      }
    : {
        ConditionExpression: 'steppingDownUntil = :mark',
        ExpressionAttributeValues: { ':mark': steppingDown },
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

const toOrdered = (item: Item): OrderedMembership => ({
  ...fromItem(item),
  key: item.sk.slice('MEMBER#'.length),
  groupVersion: Number(item['groupVersion']),
  steppingDownUntil: Number(item['steppingDownUntil'] ?? 0),
})
