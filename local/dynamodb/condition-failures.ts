import { createRequire } from 'node:module'

interface Write {
  ReturnValuesOnConditionCheckFailure?: string
}
interface Refusal {
  body: Record<string, unknown>
}

const load = createRequire(import.meta.url)

/**
 * Teaches dynalite `ReturnValuesOnConditionCheckFailure`, which it does not know: a write whose condition fails then tells what
 * was there. Without it, a commit that the SDK sent again could not find itself.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
 */
export function teachConditionFailures(): void {
  for (const operation of ['putItem', 'updateItem', 'deleteItem']) {
    const { types } = load(`dynalite/validations/${operation}`) as { types: Record<string, unknown> }
    types['ReturnValuesOnConditionCheckFailure'] = { type: 'String', enum: ['ALL_OLD', 'NONE'] }
  }
  const db = load('dynalite/db') as { checkConditional: (data: Write, item: unknown) => Refusal | null | undefined }
  const check = db.checkConditional
  db.checkConditional = (data, item) => {
    const refusal = check(data, item)
    if (refusal != null && item !== undefined && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD')
      refusal.body['Item'] = item
    return refusal
  }
}
