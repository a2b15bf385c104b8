import { itemSize } from 'dynalite/db/index.js'
import type { TableDescription } from '../template/stack-template.ts'
import type { Meter } from './meter.ts'
import { writeUnits } from './units.ts'

type Json = Readonly<Record<string, unknown>>

/** A call of a Lambda to DynamoDB or SQS. */
export interface Call {
  service: 'dynamodb' | 'sqs'
  /** Such as `Query`. */
  operation: string
  /** The function that calls, such as `update-settings`. */
  caller: string
}

/** An answer of the service's. */
export interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

/** Sends a body to the service. @param operation another one than the caller's */
export type Send = (body: Buffer, operation?: string) => Promise<Answer>

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])

/**
 * Counts what calls to DynamoDB and SQS take. DynamoDB is asked for its units (`ReturnConsumedCapacity`), and the caller
 * gets what it would have got without that.
 *
 * Two rules are ours, since the embedded engine knows one half of each: a query takes a unit also where it finds nothing,
 * and a write whose condition fails takes what it would have taken.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export class ServiceCalls {
  readonly #meter: Meter
  readonly #tables: readonly TableDescription[]

  constructor(meter: Meter, tables: readonly TableDescription[]) {
    this.#meter = meter
    this.#tables = tables
  }

  async count(call: Call, bytes: Buffer, send: Send): Promise<Answer> {
    const body = JSON.parse(bytes.toString()) as Json
    if (call.service === 'dynamodb') return this.#countCapacity(call, body, send)
    const answer = await send(bytes)
    const text = body['MessageBody']
    if (answer.status === 200) this.#meter.sqs(call.operation, typeof text === 'string' ? Buffer.byteLength(text) : 0)
    return answer
  }

  async #countCapacity(call: Call, body: Json, send: Send): Promise<Answer> {
    const isAsked = 'ReturnConsumedCapacity' in body
    const answer = await send(Buffer.from(JSON.stringify({ ReturnConsumedCapacity: 'TOTAL', ...body })))
    const result = JSON.parse(answer.body.toString()) as Json
    if (answer.status !== 200) {
      if (String(result['__type']).endsWith('ConditionalCheckFailedException'))
        this.#add(call, String(body['TableName']), await this.#unitsOfFailure(body, send))
      return answer
    }
    const { ConsumedCapacity, ...rest } = result
    const consumed = [ConsumedCapacity ?? []].flat() as { TableName: string; CapacityUnits: number }[]
    for (const { TableName, CapacityUnits } of consumed)
      // Half a unit is an eventually consistent read of 4 KB: no operation takes less.
      this.#add(call, TableName, Math.max(CapacityUnits, body['ConsistentRead'] === true ? 1 : 0.5))
    return isAsked ? answer : withBody(answer, rest)
  }

  #add({ caller, operation }: Call, table: string, units: number): void {
    const isRead = READS.has(operation)
    this.#meter.dynamoDb({
      caller,
      table: shortName(table),
      operation,
      calls: 1,
      readUnits: isRead ? units : 0,
      writeUnits: isRead ? 0 : units,
    })
  }

  /** A failed write takes what the larger one of the item that is there and the one that was to be written takes. */
  async #unitsOfFailure(body: Json, send: Send): Promise<number> {
    const written = body['Item'] as Json | undefined
    const names = this.#tables.find(({ tableName }) => tableName === body['TableName'])?.keySchema ?? []
    const key = body['Key'] ?? Object.fromEntries(names.map(({ AttributeName: name }) => [name, written?.[name]]))
    const request = { TableName: body['TableName'], Key: key, ConsistentRead: true }
    const answer = await send(Buffer.from(JSON.stringify(request)), 'GetItem')
    const there = (JSON.parse(answer.body.toString()) as { Item?: Json }).Item
    return Math.max(...[there, written].map(item => writeUnits(item === undefined ? 0 : itemSize(item))))
  }
}

/** `Grantwire-TablesSettings1A2B3C4D` is `Settings`: a name ends with its construct and a hash. */
const shortName = (tableName: string): string =>
  tableName
    .replace(/^.*-/, '')
    .replace(/^Tables/, '')
    .replace(/[0-9A-F]{8}$/, '')

function withBody({ status, headers, body: _ }: Answer, content: Json): Answer {
  const body = Buffer.from(JSON.stringify(content))
  const { 'x-amz-crc32': __, ...rest } = headers
  return { status, headers: { ...rest, 'content-length': String(body.length) }, body }
}
