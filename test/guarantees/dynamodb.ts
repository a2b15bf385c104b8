import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { holdsFor, nameOf, type Names, type Value } from './expressions.ts'

export type Item = Record<string, Value> & { pk: string; sk: string }
type Key = Pick<Item, 'pk' | 'sk'>

/** One change of an item, as it was made. */
export interface Write {
  table: string
  key: Key
  before: Item | undefined
  after: Item | undefined
  /** Whether it came as a put: a whole item, whatever was there. */
  put: boolean
}

/** What DynamoDB is free to choose. */
export interface Freedom {
  /** Items on a page of a query. */
  pageSize(): number
  /** How many of the last writes an eventually consistent read does not see yet. */
  lag(): number
  /** How many keys or requests of a batch of this size are done; the others are given back as unprocessed. */
  processed(size: number): number
}

const EVERYTHING: Freedom = { pageSize: () => Infinity, lag: () => 0, processed: size => size }
/** Writes that an eventually consistent read may miss. */
const REMEMBERED = 40

/**
 * DynamoDB's tables in memory, as far as functions/store uses it: single-item operations with conditions, queries by key with
 * pages, batches, strongly and eventually consistent reads. Each call is one atomic moment. `test/guarantees/dynamodb.test.ts`
 * shows that it answers as another DynamoDB does.
 */
export class MemoryDynamoDb {
  readonly #tables = new Map<string, Map<string, Map<string, Item>>>()
  readonly #writes: Write[] = []
  readonly #freedom: Freedom
  /** Called after each change. */
  onWrite: (write: Write) => void = () => undefined

  constructor(freedom: Partial<Freedom> = {}) {
    this.#freedom = { ...EVERYTHING, ...freedom }
  }

  /** Answers a command of lib-dynamodb. @throws ConditionalCheckFailedException */
  send(command: unknown): Record<string, unknown> {
    if (command instanceof GetCommand) {
      const { TableName = '', Key, ConsistentRead } = command.input
      const item = this.#view(ConsistentRead)(TableName, Key as Key)
      return item === undefined ? {} : { Item: { ...item } }
    }
    if (command instanceof QueryCommand) return this.#query(command.input as QueryInput)
    if (command instanceof PutCommand) {
      const { TableName = '', Item: item } = command.input
      const key = keyOf(item as Item)
      const before = this.#check(command.input as Conditional, key)
      this.#write({ table: TableName, key, before, after: { ...(item as Item) }, put: true })
      return returned(command.input, before)
    }
    if (command instanceof DeleteCommand) {
      const { TableName = '', Key } = command.input
      const key = keyOf(Key as Key)
      const before = this.#check(command.input as Conditional, key)
      if (before !== undefined) this.#write({ table: TableName, key, before, after: undefined, put: false })
      return returned(command.input, before)
    }
    if (command instanceof UpdateCommand) {
      const { TableName = '', Key, UpdateExpression = '' } = command.input
      const key = keyOf(Key as Key)
      const before = this.#check(command.input as Conditional, key)
      const after = updated(before ?? key, UpdateExpression, command.input)
      this.#write({ table: TableName, key, before, after, put: false })
      return returned(command.input, before)
    }
    if (command instanceof BatchGetCommand) {
      const [[table, { Keys = [], ConsistentRead }] = ['', {}]] = Object.entries(command.input.RequestItems ?? {})
      const view = this.#view(ConsistentRead)
      const done = this.#freedom.processed(Keys.length)
      const found = Keys.slice(0, done).flatMap(key => view(table, key as Key) ?? [])
      return {
        Responses: { [table]: found.map(item => ({ ...item })) },
        ...(done < Keys.length ? { UnprocessedKeys: { [table]: { Keys: Keys.slice(done), ConsistentRead } } } : {}),
      }
    }
    if (command instanceof BatchWriteCommand) {
      const [[table, requests] = ['', []]] = Object.entries(command.input.RequestItems ?? {})
      const done = this.#freedom.processed(requests.length)
      for (const { PutRequest, DeleteRequest } of requests.slice(0, done)) {
        const key = keyOf((PutRequest?.Item ?? DeleteRequest?.Key) as Key)
        const before = this.get(table, key)
        const after = PutRequest === undefined ? undefined : { ...(PutRequest.Item as Item) }
        if (before !== undefined || after !== undefined)
          this.#write({ table, key, before, after, put: after !== undefined })
      }
      return done < requests.length ? { UnprocessedItems: { [table]: requests.slice(done) } } : {}
    }
    throw new Error('an operation that this DynamoDB does not know')
  }

  /** An item as it is now. */
  get(table: string, { pk, sk }: Key): Item | undefined {
    return this.#tables.get(table)?.get(pk)?.get(sk)
  }

  /** The items under a key whose sort key begins so, in order. */
  under(table: string, pk: string, prefix = ''): Item[] {
    return [...(this.#tables.get(table)?.get(pk)?.values() ?? [])]
      .filter(({ sk }) => sk.startsWith(prefix))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
  }

  /** Every item of a table. */
  all(table: string): Item[] {
    return [...(this.#tables.get(table)?.values() ?? [])].flatMap(items => [...items.values()])
  }

  /** Deletes an item, as TTL does, and as only a fault would. */
  lose(table: string, key: Key): void {
    const before = this.get(table, key)
    if (before !== undefined) this.#write({ table, key: keyOf(key), before, after: undefined, put: false })
  }

  #write(write: Write): void {
    const { table, key, after } = write
    let items = this.#tables.get(table)
    if (items === undefined) this.#tables.set(table, (items = new Map<string, Map<string, Item>>()))
    let range = items.get(key.pk)
    if (range === undefined) items.set(key.pk, (range = new Map<string, Item>()))
    if (after === undefined) range.delete(key.sk)
    else range.set(key.sk, after)
    this.#writes.push(write)
    if (this.#writes.length > REMEMBERED) this.#writes.shift()
    this.onWrite(write)
  }

  #check(input: Conditional, key: Key): Item | undefined {
    const item = this.get(input.TableName, key)
    if (input.ConditionExpression !== undefined && !holdsFor(input.ConditionExpression, item, input))
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== undefined
          ? { Item: marshalled(item) }
          : {}),
      })
    return item
  }

  /** Reads the present state, or, eventually consistent, one of the states before. */
  #view(consistent: boolean | undefined): (table: string, key: Key) => Item | undefined {
    const unseen = consistent === true ? 0 : Math.min(this.#freedom.lag(), this.#writes.length)
    if (unseen === 0) return (table, key) => this.get(table, key)
    const missed = this.#writes.slice(-unseen)
    return (table, { pk, sk }) => {
      const first = missed.find(write => write.table === table && write.key.pk === pk && write.key.sk === sk)
      return first === undefined ? this.get(table, { pk, sk }) : first.before
    }
  }

  #query(input: QueryInput): Record<string, unknown> {
    const { TableName: table, KeyConditionExpression, ScanIndexForward, Limit, ExclusiveStartKey: start } = input
    const pk = String(input.ExpressionAttributeValues?.[':pk'])
    const view = this.#view(input.ConsistentRead)
    const keys = new Set(this.#tables.get(table)?.get(pk)?.keys())
    if (input.ConsistentRead !== true)
      for (const { table: written, key } of this.#writes) if (written === table && key.pk === pk) keys.add(key.sk)
    const matching = [...keys]
      .flatMap(sk => view(table, { pk, sk }) ?? [])
      .filter(item => holdsFor(KeyConditionExpression, item, input))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1) * (ScanIndexForward === false ? -1 : 1))
      .filter(({ sk }) => start === undefined || (ScanIndexForward === false ? sk < start.sk : sk > start.sk))
    const size = Math.min(Limit ?? Infinity, this.#freedom.pageSize())
    const page = matching.slice(0, size)
    const last = page.at(-1)
    // As DynamoDB does: a page that is full names its last key, whether anything follows it or not.
    const more = last !== undefined && page.length === size ? { LastEvaluatedKey: keyOf(last) } : {}
    return { Items: page.map(item => ({ ...item })), ...more }
  }
}

interface Conditional extends Names {
  TableName: string
  ConditionExpression?: string
  ReturnValuesOnConditionCheckFailure?: string
}

interface QueryInput extends Names {
  TableName: string
  KeyConditionExpression: string
  ConsistentRead?: boolean
  ScanIndexForward?: boolean
  Limit?: number
  ExclusiveStartKey?: Key
}

const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk })

const returned = ({ ReturnValues }: { ReturnValues?: string | undefined }, before: Item | undefined) =>
  ReturnValues === 'ALL_OLD' && before !== undefined ? { Attributes: { ...before } } : {}

/** `SET a = :a, b = :b` and `REMOVE a, b`. */
function updated(item: Item | Key, expression: string, names: Names): Item {
  const after: Item = { ...item }
  const [verb = '', ...rest] = expression.split(' ')
  for (const part of rest.join(' ').split(', ')) {
    const [name = '', value = ''] = part.split(' = ')
    if (verb === 'SET') after[nameOf(name, names)] = names.ExpressionAttributeValues?.[value]
    else if (verb === 'REMOVE') after[nameOf(name, names)] = undefined
    else throw new Error(`no ${verb}`)
  }
  return after
}

const marshalled = (item: Item) =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            [
              name,
              typeof value === 'string'
                ? { S: value }
                : typeof value === 'number'
                  ? { N: String(value) }
                  : { BOOL: value },
            ],
          ],
    ),
  )
