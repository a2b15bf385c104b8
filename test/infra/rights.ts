import type { Template } from 'aws-cdk-lib/assertions'
import { inWords } from './words.ts'

interface Policy {
  PolicyDocument: { Statement: { Effect: string; Action: string | string[]; Resource: unknown }[] }
}
interface Role {
  ManagedPolicyArns?: unknown[]
  Policies?: Policy[]
}

/** Properties of the Lambdas of ours, by the name of their entry file. Those of the CDK have other descriptions. */
export function ourFunctions(template: Template): Map<string, Record<string, unknown>> {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'))
  return new Map(
    functions.flatMap(({ Properties }) => {
      const properties = Properties as Record<string, unknown>
      const name = /^Grantwire: (.+)$/.exec(String(properties['Description']))?.[1]
      return name === undefined ? [] : [[name, properties]]
    }),
  )
}

/** All that the role of each Lambda of ours may do, in words, from wherever a role gets its rights. */
export function rightsByFunction(template: Template): Record<string, string[]> {
  const roles = template.findResources('AWS::IAM::Role')
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type =>
    Object.values(template.findResources(type)).map(
      ({ Properties }) => Properties as Policy & { Roles?: { Ref?: string }[] },
    ),
  )
  return Object.fromEntries(
    [...ourFunctions(template)].map(([name, { Role }]) => {
      const [roleId] = (Role as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt']
      const role = roles[roleId]?.['Properties'] as Role
      const policies = [
        ...(role.Policies ?? []),
        ...attached.filter(({ Roles = [] }) => Roles.some(({ Ref }) => Ref === roleId)),
      ]
      return [
        name,
        [
          ...(role.ManagedPolicyArns ?? []).map(arn => `Managed ${inWords(arn)}`),
          ...policies.flatMap(({ PolicyDocument }) =>
            PolicyDocument.Statement.map(({ Effect, Action, Resource, ...rest }) => {
              // Such as a condition, or NotAction.
              const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
              return `${Effect} ${[Action].flat().join(' ')} on ${[Resource].flat().map(inWords).join(' and ')}${more}`
            }),
          ),
        ].sort(),
      ]
    }),
  )
}
