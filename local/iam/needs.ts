import { ACCOUNT, REGION } from '../template/physical.ts'

/** One right that a call needs. */
export interface Need {
  /** Such as `dynamodb:Query`. */
  action: string
  /** An ARN. */
  resource: string
}

/** What is no text names nothing, and no policy allows it. */
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

type Body = Readonly<Record<string, unknown>>

/** A transaction needs the right of each of its parts. */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
}

/**
 * The rights that a call of DynamoDB needs. What names no table needs its right on `*`, so that nothing slips through.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function needsOfDynamoDb(operation: string, body: Body): Need[] {
  const arn = (table: unknown, index?: unknown): string => {
    const name = text(table)
    const own = name.startsWith('arn:') ? name : `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`
    return index === undefined ? own : `${own}/index/${text(index)}`
  }
  const action = `dynamodb:${operation}`
  if (Array.isArray(body['TransactItems']))
    return body['TransactItems'].flatMap(item =>
      Object.entries(item as Record<string, Body>).map(([part, { TableName }]) => ({
        action: `dynamodb:${PARTS[part] ?? part}`,
        resource: arn(TableName),
      })),
    )
  const batch = Object.keys(body['RequestItems'] ?? {})
  if (batch.length > 0) return batch.map(table => ({ action, resource: arn(table) }))
  return [{ action, resource: body['TableName'] === undefined ? '*' : arn(body['TableName'], body['IndexName']) }]
}

/**
 * The rights that a call of SQS needs: a batch needs the right of its parts.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
export function needsOfSqs(operation: string, body: Body): Need[] {
  const name = body['QueueUrl'] ?? body['QueueName']
  const queue = name === undefined ? '*' : `arn:aws:sqs:${REGION}:${ACCOUNT}:${text(name).split('/').at(-1) ?? ''}`
  return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: queue }]
}
