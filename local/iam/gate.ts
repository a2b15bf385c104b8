import type { StackTemplate, Statement } from '../template/stack-template.ts'
import { evaluate, refusal, type Decision } from './policy.ts'
import type { Principal, Principals } from './principals.ts'
import { verifySignature, type SignatureFault, type SignedRequest } from './signature.ts'

/** One AWS call that a Lambda makes. */
export interface AwsCall {
  request: SignedRequest
  /** As it is signed: `dynamodb`, `sqs`, `execute-api`. */
  service: string
  /** Such as `dynamodb:Query`. */
  action: string
  /** ARNs that the action is done to; every one must be allowed. */
  resources: string[]
}

export type Verdict =
  { allowed: true; principal: Principal } | { allowed: false; fault: SignatureFault | 'AccessDenied'; message: string }

const FAULTS: Record<SignatureFault, string> = {
  MissingAuthenticationToken: 'Missing Authentication Token',
  IncompleteSignature: 'The Authorization header has the wrong form.',
  UnrecognizedClient: 'The security token included in the request is invalid.',
  InvalidSignature: 'The request signature we calculated does not match the signature you provided.',
  RequestExpired: 'Signature expired.',
}

/** Changes the statements of a role, to see what breaks without one of them. */
export type ReviseStatements = (roleArn: string, statements: readonly Statement[]) => readonly Statement[]

/** Lets a call through if it is signed by a role of the template, and that role's policies allow it. */
export class Gate {
  readonly #principals: Principals
  readonly #statements = new Map<string, Statement[]>()
  readonly #template: StackTemplate
  readonly #revise: ReviseStatements

  constructor(
    template: StackTemplate,
    principals: Principals,
    revise: ReviseStatements = (_, statements) => statements,
  ) {
    this.#template = template
    this.#revise = revise
    this.#principals = principals
  }

  check({ request, service, action, resources }: AwsCall): Verdict {
    const verified = verifySignature(request, this.#principals, service, Date.now())
    if (!verified.ok) return { allowed: false, fault: verified.fault, message: FAULTS[verified.fault] }
    const { principal } = verified
    for (const resource of resources) {
      const decision = this.decide(principal.roleArn, action, resource)
      if (decision !== 'allowed')
        return { allowed: false, fault: 'AccessDenied', message: refusal(principal.arn, action, resource, decision) }
    }
    return { allowed: true, principal }
  }

  /** What the policies of a role say of an action. */
  decide(roleArn: string, action: string, resource: string): Decision {
    return evaluate(this.#revise(roleArn, this.#statementsOf(roleArn)), action, resource)
  }

  #statementsOf(roleArn: string): readonly Statement[] {
    const known = this.#statements.get(roleArn)
    if (known !== undefined) return known
    const statements = this.#template.statementsOf(roleArn)
    this.#statements.set(roleArn, statements)
    return statements
  }
}
