type Requests = Record<string, unknown[] | { Keys: unknown[] }>

/**
 * A batch of which the service does only the first half, as DynamoDB may: what it is asked to do, and what its answer says
 * that it left. Undefined for a batch of one: DynamoDB throttles where it can do nothing at all.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export function halveBatch(body: Readonly<Record<string, unknown>>): { done: Buffer; left: Requests } | undefined {
  const all = Object.entries((body['RequestItems'] ?? {}) as Requests)
  const count = all.reduce((sum, [, part]) => sum + listOf(part).length, 0)
  let room = Math.floor(count / 2)
  if (room === 0) return undefined
  const done: Requests = {}
  const left: Requests = {}
  for (const [table, part] of all) {
    const list = listOf(part)
    if (room > 0) done[table] = withList(part, list.slice(0, room))
    if (list.length > room) left[table] = withList(part, list.slice(room))
    room = Math.max(0, room - list.length)
  }
  return { done: Buffer.from(JSON.stringify({ ...body, RequestItems: done })), left }
}

const listOf = (part: Requests[string]): unknown[] => (Array.isArray(part) ? part : part.Keys)
const withList = (part: Requests[string], list: unknown[]): Requests[string] =>
  Array.isArray(part) ? list : { ...part, Keys: list }

/** The answer of the service, with what it left. */
export function addUnprocessed(answer: Buffer, left: Requests, operation: string): Buffer {
  const name = operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems'
  return Buffer.from(JSON.stringify({ ...(JSON.parse(answer.toString()) as object), [name]: left }))
}
