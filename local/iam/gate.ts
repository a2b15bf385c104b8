import type { StackTemplate, Statement } from '../template/stack-template.ts'
import type { Need } from './needs.ts'
import { assertUnderstood, evaluate, type Access, type Decision } from './policy.ts'
import type { Principal, Principals } from './principals.ts'
import { verifySignature, type SignatureFault, type SignedRequest } from './signature.ts'

/** One AWS call that a Lambda makes. */
export interface AwsCall {
  request: SignedRequest
  /** As it is signed: `dynamodb`, `sqs`, `execute-api`. */
  service: string
  /** Every one of these must be allowed. */
  needs: readonly Need[]
}

/** A call that did not get through. */
export interface Refused {
  allowed: false
  fault: SignatureFault | 'AccessDenied'
  message: string
  /** Of a missing right: what was missing, who asked, and whether a policy denies it. */
  need?: Need
  principalArn?: string
  decision?: Decision
}

export type Verdict = { allowed: true; principal: Principal } | Refused

/** Changes the statements of a role, to see what breaks without one of them. */
export type ReviseStatements = (roleArn: string, statements: readonly Statement[]) => readonly Statement[]

export interface GateOptions {
  revise?: ReviseStatements
  /** Told of every right that was asked for and missing. */
  onRefused?: (access: Access) => void
}

/** Lets a call through if it is signed by a role of the template, and the template's policies allow it to that role. */
export class Gate {
  readonly #principals: Principals
  /** Of each role that was asked about, and of each resource that has a policy: as many as the template has. */
  readonly #ofRoles = new Map<string, readonly Statement[]>()
  readonly #onResources: ReadonlyMap<string, readonly Statement[]>
  readonly #template: StackTemplate
  readonly #options: GateOptions

  constructor(template: StackTemplate, principals: Principals, options: GateOptions = {}) {
    this.#template = template
    this.#options = options
    this.#principals = principals
    this.#onResources = template.resourcePolicies()
  }

  /**
   * Reads the policies of a role that a function runs with, before it runs.
   *
   * @throws Error where the Lambda service may not take the role, or a policy says what is not understood
   */
  admit(roleArn: string): void {
    if (!this.#template.trusts(roleArn, 'lambda.amazonaws.com'))
      throw new Error(`${roleArn} does not trust lambda.amazonaws.com: AWS would not let a function have it.`)
    for (const statement of this.#statementsOf(roleArn)) assertUnderstood(statement, 'identity')
  }

  check({ request, service, needs }: AwsCall): Verdict {
    const verified = verifySignature(request, this.#principals, service, Date.now())
    if (!verified.ok) return { allowed: false, fault: verified.fault, message: verified.message }
    const { principal } = verified
    for (const need of needs) {
      const { decision, policy } = this.#decide({ ...need, roleArn: principal.roleArn })
      if (decision === 'allowed') continue
      const because =
        decision === 'denied'
          ? `with an explicit deny in ${policy === 'identity' ? 'an identity' : 'a resource'}-based policy`
          : `because no identity-based policy allows the ${need.action} action`
      const message = `User: ${principal.arn} is not authorized to perform: ${need.action} on resource: ${need.resource} ${because}`
      return { allowed: false, fault: 'AccessDenied', message, need, principalArn: principal.arn, decision }
    }
    return { allowed: true, principal }
  }

  /** What the policies of a role and of a resource say of an action. */
  decide(access: Access): Decision {
    return this.#decide(access).decision
  }

  /** A deny anywhere wins; in one account, an allow of either side is enough. */
  #decide(access: Access): { decision: Decision; policy: 'identity' | 'resource' } {
    const { revise, onRefused } = this.#options
    const own = this.#statementsOf(access.roleArn)
    const identity = evaluate(revise?.(access.roleArn, own) ?? own, access)
    const resource = evaluate(this.#onResources.get(access.resource) ?? [], access, 'resource')
    const both = [identity, resource]
    const decision = both.includes('denied') ? 'denied' : both.includes('allowed') ? 'allowed' : 'not allowed'
    if (decision !== 'allowed') onRefused?.(access)
    return { decision, policy: decision === 'denied' && identity !== 'denied' ? 'resource' : 'identity' }
  }

  #statementsOf(roleArn: string): readonly Statement[] {
    const known = this.#ofRoles.get(roleArn) ?? this.#template.statementsOf(roleArn)
    this.#ofRoles.set(roleArn, known)
    return known
  }
}
