import { DeleteItemCommand, GetItemCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../clock.ts'
import type { TableDescription } from '../template/stack-template.ts'
import { startDynamoDb, type DynamoDbEngine } from './engine.ts'

type Body = Readonly<Record<string, unknown>>
type Item = Record<string, AttributeValue>

interface Write {
  table: string
  key: Item
}

/** Reads that are eventually consistent unless they ask for more. */
const READS = ['GetItem', 'Query', 'Scan', 'BatchGetItem']

/**
 * A copy of the tables that is behind: what answers reads that are not strongly consistent, so that one that should be is seen
 * to be wrong. It hears of the writes of Lambdas only.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
export class Replica {
  readonly #engine: DynamoDbEngine
  readonly #primary: DynamoDbEngine
  readonly #tables: readonly TableDescription[]
  readonly #clock: Clock
  readonly #lagMs: number
  /** Copies run one after the other, so that none undoes a later one. */
  #copying: Promise<void> = Promise.resolve()
  readonly #due = new Set<() => void>()

  private constructor(
    engine: DynamoDbEngine,
    primary: DynamoDbEngine,
    tables: readonly TableDescription[],
    clock: Clock,
    lagMs: number,
  ) {
    this.#engine = engine
    this.#primary = primary
    this.#tables = tables
    this.#clock = clock
    this.#lagMs = lagMs
  }

  /** @param lagMs how long a write takes to get here; Infinity: until `catchUp` */
  static async start(
    tables: readonly TableDescription[],
    primary: DynamoDbEngine,
    clock: Clock,
    lagMs: number,
  ): Promise<Replica> {
    return new Replica(await startDynamoDb(tables), primary, tables, clock, lagMs)
  }

  /** Where this call is answered, if it is a read that need not be up to date. */
  urlFor(operation: string, body: Body): string | undefined {
    return READS.includes(operation) && isEventual(body) ? this.#engine.url : undefined
  }

  /** Hears of a write that was done. */
  written(operation: string, body: Body): void {
    const writes = writesOf(operation, body).map(({ table, key }) => ({ table, key: this.#keyOf(table, key) }))
    if (writes.length === 0) return
    const arrive = (): void => {
      if (!this.#due.delete(arrive)) return
      for (const write of writes) this.#copying = this.#copying.then(() => this.#copy(write))
      this.#copying.catch(() => undefined)
    }
    this.#due.add(arrive)
    if (this.#lagMs < Infinity) this.#clock.after(this.#lagMs, arrive)
  }

  /** Takes over every write so far. */
  async catchUp(): Promise<void> {
    for (const arrive of this.#due) arrive()
    await this.#copying
  }

  async close(): Promise<void> {
    this.#due.clear()
    await this.#copying.catch(() => undefined)
    await this.#engine.close()
  }

  async #copy({ table, key }: Write): Promise<void> {
    const { Item } = await this.#primary.client.send(
      new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
    )
    if (Item === undefined) await this.#engine.client.send(new DeleteItemCommand({ TableName: table, Key: key }))
    else await this.#engine.client.send(new PutItemCommand({ TableName: table, Item }))
  }

  #keyOf(table: string, item: Item): Item {
    const keys = this.#tables.find(({ tableName }) => tableName === table)?.keySchema ?? []
    return Object.fromEntries(
      Object.entries(item).filter(([name]) => keys.some(({ AttributeName }) => AttributeName === name)),
    )
  }
}

function isEventual(body: Body): boolean {
  const tables = Object.values((body['RequestItems'] ?? {}) as Record<string, Body>)
  const parts = tables.length > 0 ? tables : [body]
  const strong = parts.filter(({ ConsistentRead }) => ConsistentRead === true)
  if (strong.length > 0 && strong.length < parts.length)
    throw new Error(
      'The local run cannot lag a BatchGetItem that reads one table strongly consistently and another not.',
    )
  return strong.length === 0
}

/** The items, or their keys, that a call writes. */
function writesOf(operation: string, body: Body): Write[] {
  const table = String(body['TableName'])
  switch (operation) {
    case 'PutItem':
      return [{ table, key: body['Item'] as Item }]
    case 'UpdateItem':
    case 'DeleteItem':
      return [{ table, key: body['Key'] as Item }]
    case 'BatchWriteItem':
      return Object.entries(body['RequestItems'] as Record<string, BatchedWrite[]>).flatMap(([name, requests]) =>
        requests.map(({ PutRequest, DeleteRequest }) => ({
          table: name,
          key: PutRequest?.Item ?? DeleteRequest?.Key ?? {},
        })),
      )
    default:
      return []
  }
}

interface BatchedWrite {
  PutRequest?: { Item: Item }
  DeleteRequest?: { Key: Item }
}
