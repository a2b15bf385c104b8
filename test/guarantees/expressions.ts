/** What an item's attributes may be here: the store keeps text, numbers and truth values only. */
export type Value = string | number | boolean | undefined
export type Attributes = Readonly<Record<string, Value>>

export interface Names {
  ExpressionAttributeNames?: Record<string, string> | undefined
  ExpressionAttributeValues?: Record<string, Value> | undefined
}

type Operand = { attribute: string } | { value: string }
type Condition =
  | { kind: 'and' | 'or'; parts: Condition[] }
  | { kind: 'exists' | 'absent'; operand: Operand }
  | { kind: 'prefix'; operand: Operand; prefix: Operand }
  | { kind: 'between'; operand: Operand; from: Operand; to: Operand }
  | { kind: 'compare'; operator: string; left: Operand; right: Operand }

const parsed = new Map<string, Condition>()

/** Whether a condition or key condition holds for an item. Knows the part of DynamoDB's grammar that the store uses. */
export function holdsFor(expression: string, item: Attributes | undefined, names: Names): boolean {
  let condition = parsed.get(expression)
  if (condition === undefined) {
    condition = new Parser(expression).parse()
    parsed.set(expression, condition)
  }
  return evaluate(condition, item ?? {}, names)
}

function evaluate(condition: Condition, item: Attributes, names: Names): boolean {
  const of = (operand: Operand): Value => {
    if ('value' in operand) {
      const value = names.ExpressionAttributeValues?.[operand.value]
      if (value === undefined) throw new Error(`no value ${operand.value}`)
      return value
    }
    return item[nameOf(operand.attribute, names)]
  }
  switch (condition.kind) {
    case 'and':
      return condition.parts.every(part => evaluate(part, item, names))
    case 'or':
      return condition.parts.some(part => evaluate(part, item, names))
    case 'exists':
      return of(condition.operand) !== undefined
    case 'absent':
      return of(condition.operand) === undefined
    case 'prefix': {
      const [text, prefix] = [of(condition.operand), of(condition.prefix)]
      return typeof text === 'string' && text.startsWith(String(prefix))
    }
    case 'between':
      return (
        compare('>=', of(condition.operand), of(condition.from)) &&
        compare('<=', of(condition.operand), of(condition.to))
      )
    case 'compare':
      return compare(condition.operator, of(condition.left), of(condition.right))
  }
}

/** Values of different types are never in an order, and an attribute that is not there is not equal to anything. */
function compare(operator: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined || typeof left !== typeof right) return false
  switch (operator) {
    case '=':
      return left === right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    default:
      throw new Error(`no operator ${operator}`)
  }
}

export const nameOf = (name: string, { ExpressionAttributeNames }: Names): string =>
  name.startsWith('#') ? (ExpressionAttributeNames?.[name] ?? name) : name

/** or := and (OR and)*; and := term (AND term)*; term := '(' or ')' | function | operand comparison. */
class Parser {
  readonly #tokens: string[]

  constructor(expression: string) {
    this.#tokens = expression.match(/[<>]=?|=|[(),]|[:#]?[A-Za-z_]\w*/g) ?? []
  }

  parse(): Condition {
    const condition = this.#joined('OR', 'or', () => this.#joined('AND', 'and', () => this.#term()))
    if (this.#tokens.length > 0) throw new Error(`unread: ${this.#tokens.join(' ')}`)
    return condition
  }

  #joined(word: string, kind: 'and' | 'or', part: () => Condition): Condition {
    const parts = [part()]
    while (this.#tokens[0] === word) {
      this.#take(word)
      parts.push(part())
    }
    return parts.length === 1 ? parts[0]! : { kind, parts }
  }

  #term(): Condition {
    const word = this.#tokens[0]
    if (word === '(') {
      this.#take('(')
      const inner = this.#joined('OR', 'or', () => this.#joined('AND', 'and', () => this.#term()))
      this.#take(')')
      return inner
    }
    if (word === 'attribute_exists' || word === 'attribute_not_exists' || word === 'begins_with') {
      this.#take(word)
      this.#take('(')
      const operand = this.#operand()
      if (word === 'begins_with') this.#take(',')
      const condition: Condition =
        word === 'begins_with'
          ? { kind: 'prefix', operand, prefix: this.#operand() }
          : { kind: word === 'attribute_exists' ? 'exists' : 'absent', operand }
      this.#take(')')
      return condition
    }
    const left = this.#operand()
    const operator = this.#take()
    if (operator !== 'BETWEEN') return { kind: 'compare', operator, left, right: this.#operand() }
    const from = this.#operand()
    this.#take('AND')
    return { kind: 'between', operand: left, from, to: this.#operand() }
  }

  #operand(): Operand {
    const token = this.#take()
    return token.startsWith(':') ? { value: token } : { attribute: token }
  }

  #take(expected?: string): string {
    const token = this.#tokens.shift()
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`${expected ?? 'a word'} expected, ${token ?? 'the end'} found`)
    return token
  }
}
