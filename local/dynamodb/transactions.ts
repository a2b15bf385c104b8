/**
 * What DynamoDB says of a transaction before it begins; undefined where it would begin. Whether it can is the engine's to say:
 * dynalite has no transactions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function faultOfTransaction(body: Readonly<Record<string, unknown>>): string | undefined {
  const items = body['TransactItems']
  if (!Array.isArray(items)) return undefined
  if (items.length > 100)
    return "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"
  return undefined
}
