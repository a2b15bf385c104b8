import type { Statement } from '../template/stack-template.ts'

export type Decision = 'allowed' | 'denied' | 'not allowed'

const KNOWN = new Set(['Effect', 'Action', 'Resource', 'Sid'])

const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat())

/** `*` stands for any text, `?` for one character; the rest is literal. */
export const matches = (pattern: string, text: string, flags = ''): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    `s${flags}`,
  ).test(text)

/**
 * Evaluates identity policies: an explicit deny wins, then an allow; without either nothing is allowed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @param action such as `dynamodb:Query`; its case does not matter
 * @throws Error for an element that is not understood: guessing what it means could allow what AWS refuses
 */
export function evaluate(statements: readonly Statement[], action: string, resource: string): Decision {
  let decision: Decision = 'not allowed'
  for (const statement of statements) {
    const unknown = Object.keys(statement).find(key => !KNOWN.has(key))
    if (unknown !== undefined)
      throw new Error(`The local run does not understand ${unknown} in a policy: ${JSON.stringify(statement)}`)
    const applies =
      list(statement.Action).some(pattern => matches(pattern, action, 'i')) &&
      list(statement.Resource).some(pattern => matches(pattern, resource))
    if (!applies) continue
    if (statement.Effect === 'Deny') return 'denied'
    decision = 'allowed'
  }
  return decision
}

/** The words in which AWS refuses. */
export const refusal = (principalArn: string, action: string, resource: string, decision: Decision): string =>
  `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${
    decision === 'denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`
  }`
