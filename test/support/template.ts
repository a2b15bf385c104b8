import { Gate } from '../../local/iam/gate.ts'
import { Principals } from '../../local/iam/principals.ts'
import { readAssembly, type Assembly, type Resource } from '../../local/template/assembly.ts'
import { physicalIds, PSEUDO_PARAMETERS } from '../../local/template/physical.ts'
import { createResolver } from '../../local/template/resolve.ts'
import { StackTemplate } from '../../local/template/stack-template.ts'

/** The template of the whole stack, as `cdk synth` wrote it, without some of its resources. */
export function wholeTemplate(without: readonly string[] = []): StackTemplate {
  const { template, ...rest } = readAssembly('cdk.out')
  const Resources = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !without.includes(id)))
  return templateOf({ ...rest, template: { ...template, Resources } })
}

function templateOf(assembly: Assembly): StackTemplate {
  const physical = physicalIds(assembly.template, assembly.stackName)
  return new StackTemplate(
    assembly,
    createResolver(assembly.template, physical, PSEUDO_PARAMETERS, text => text),
  )
}

/** The template of a stack `Small` with these resources. Assets are the folders that they are named after. */
export function smallTemplate(Resources: Record<string, Resource>): StackTemplate {
  return templateOf({ stackName: 'Small', template: { Resources }, assetPath: hash => hash })
}

const TRUST = [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]

/** A role `Role` with these statements. */
export const roleWith = (statements: object[], trust: object[] = TRUST): Record<string, Resource> => ({
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: trust } } },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: statements } },
  },
})

export const ROLE_ARN = 'arn:aws:iam::123456789012:role/Small-Role'

/** Somebody with that role, and the gate that lets them through or not. */
export function gateWith(statements: object[], others: Record<string, Resource> = {}) {
  const template = smallTemplate({ ...roleWith(statements), ...others })
  const principals = new Principals()
  const gate = new Gate(template, principals)
  return { template, principals, gate, principal: principals.issue(ROLE_ARN, 'my-function', 'mine', () => undefined) }
}
