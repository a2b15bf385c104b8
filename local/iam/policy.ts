import type { Statement } from '../template/stack-template.ts'

/** `not allowed` where no statement speaks of it: denied by default. */
export type Decision = 'allowed' | 'denied' | 'not allowed'

/** What is asked for. */
export interface Access {
  /** Such as `dynamodb:Query`; its case does not matter. */
  action: string
  /** An ARN. */
  resource: string
  /** The role that asks. */
  roleArn: string
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat())

/** `*` stands for any text, `?` for one character; the rest is literal. */
export const matches = (pattern: string, text: string, flags = ''): boolean => compiled(pattern, flags).test(text)

/** By flags and pattern: a template has a few hundred of them, and each post to a connection is matched against some. */
const patterns = new Map<string, RegExp>()

function compiled(pattern: string, flags: string): RegExp {
  const known = patterns.get(`${flags}/${pattern}`)
  if (known !== undefined) return known
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const regExp = new RegExp(`^${source}$`, `s${flags}`)
  patterns.set(`${flags}/${pattern}`, regExp)
  return regExp
}

/** The six parts of an ARN; the last may hold colons. */
const partsOf = (arn: string): string[] => /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1) ?? []

/** Each part of an ARN is matched by itself: a wildcard does not reach over a colon into the next one. */
export function matchesArn(pattern: string, arn: string): boolean {
  const parts = partsOf(arn)
  return pattern === '*' || partsOf(pattern).every((part, index) => matches(part, parts[index] ?? ''))
}

/** What conditions may ask about a call; on AWS every call of an SDK comes over TLS. */
const CONTEXT: Readonly<Record<string, string>> = { 'aws:SecureTransport': 'true' }
const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

/**
 * Checks that a statement is well formed, and of such a kind that `evaluate` knows what it means.
 *
 * @param policy `resource`: the policy hangs on a resource and says whom it is about
 * @throws Error that names what is not understood: guessing could allow what AWS refuses
 */
export function assertUnderstood(statement: Statement, policy: 'identity' | 'resource'): void {
  const fail = (what: string): never => {
    throw new Error(`The local run does not understand ${what} in a policy: ${JSON.stringify(statement)}`)
  }
  const known = policy === 'resource' ? [...ELEMENTS, 'Principal'] : ELEMENTS
  for (const name of Object.keys(statement)) if (!known.includes(name)) fail(name)
  if (!['Allow', 'Deny'].includes(statement.Effect)) fail('this effect')
  for (const name of ['Action', 'Resource'] as const) {
    const patterns = [...list(statement[name]), ...list(statement[`Not${name}`])]
    const bothOrNone = (statement[name] === undefined) === (statement[`Not${name}`] === undefined)
    if (bothOrNone || patterns.length === 0) fail(`the want of one ${name} or Not${name}`)
    for (const pattern of patterns) {
      const isForm = name === 'Action' ? /^(\*|[\w-]+:[\w*?-]+)$/ : /^(\*|arn:([^:]*:){4}.+)$/
      if (typeof pattern !== 'string' || !isForm.test(pattern) || pattern.includes('${'))
        fail(`the ${name.toLowerCase()} ${JSON.stringify(pattern)}`)
    }
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    if (operator !== 'Bool') fail(`the condition ${operator}`)
    for (const key of Object.keys(keys)) if (!Object.hasOwn(CONTEXT, key)) fail(`the condition key ${key}`)
  }
  if (policy === 'resource')
    for (const principal of principalsOf(statement))
      if (!/^(\*|arn:aws:iam::\d{12}:role\/[^*?]+)$/.test(String(principal))) fail('this principal')
}

/** Whom a resource-based policy is about: `*` or ARNs of roles. */
const principalsOf = ({ Principal }: Statement): unknown[] =>
  typeof Principal === 'object' && Principal !== null
    ? Object.entries(Principal).flatMap(([kind, who]) => (kind === 'AWS' ? list(who) : [kind]))
    : [Principal]

/** Statements that were looked at before: they do not change. */
const understood = { identity: new WeakSet<Statement>(), resource: new WeakSet<Statement>() }

/**
 * Evaluates the policies of one kind: an explicit deny wins, then an allow; without either nothing is allowed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @throws Error for an element that is not understood
 */
export function evaluate(
  statements: readonly Statement[],
  access: Access,
  policy: 'identity' | 'resource' = 'identity',
): Decision {
  for (const statement of statements) {
    if (understood[policy].has(statement)) continue
    assertUnderstood(statement, policy)
    understood[policy].add(statement)
  }
  const effects = statements.filter(statement => applies(statement, access)).map(({ Effect }) => Effect)
  return effects.includes('Deny') ? 'denied' : effects.includes('Allow') ? 'allowed' : 'not allowed'
}

function applies(statement: Statement, { action, resource, roleArn }: Access): boolean {
  const some = (patterns: unknown, test: (pattern: string) => boolean): boolean =>
    list(patterns).some(pattern => test(String(pattern)))
  const isAction = (pattern: string): boolean => matches(pattern, action, 'i')
  const isResource = (pattern: string): boolean => matchesArn(pattern, resource)
  return (
    (statement.NotAction === undefined ? some(statement.Action, isAction) : !some(statement.NotAction, isAction)) &&
    (statement.NotResource === undefined
      ? some(statement.Resource, isResource)
      : !some(statement.NotResource, isResource)) &&
    (!('Principal' in statement) || principalsOf(statement).some(who => who === '*' || who === roleArn)) &&
    Object.values(statement.Condition ?? {}).every(keys =>
      Object.entries(keys).every(([key, wanted]) =>
        list(wanted)
          .map(String)
          .includes(CONTEXT[key] ?? ''),
      ),
    )
  )
}
