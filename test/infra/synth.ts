import { App, type AppProps } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { readFileSync } from 'node:fs'
import { readSettings } from '../../infra/settings.ts'
import { GrantwireStack } from '../../infra/stack.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

/** The stack as `cdk synth -c key=value …` makes it. */
export function makeStack(own: Record<string, string> = {}, props?: AppProps): { app: App; stack: GrantwireStack } {
  const app = new App({ ...props, context: { ...context, ...own } })
  const settings = readSettings(key => app.node.tryGetContext(key) as unknown)
  return { app, stack: new GrantwireStack(app, settings.stackName, settings) }
}

export const templateOf = (own: Record<string, string> = {}): Template => Template.fromStack(makeStack(own).stack)

type Statement = { Action: string | string[]; Resource: unknown; Effect: string }

/** The statements of the role of each Lambda, by the name of its entry file. */
export function statementsByFunction(template: Template): Record<string, string[]> {
  const functions = template.findResources('AWS::Lambda::Function', { Properties: { Runtime: 'nodejs24.x' } })
  const policies = Object.values(template.findResources('AWS::IAM::Policy'))
  return Object.fromEntries(
    Object.values(functions).map(({ Properties }) => {
      const { Description, Role } = Properties as { Description: string; Role: { 'Fn::GetAtt': [string, string] } }
      const [roleId] = Role['Fn::GetAtt']
      const statements = policies
        .filter(policy =>
          (policy['Properties'] as { Roles: { Ref: string }[] }).Roles.some(({ Ref }) => Ref === roleId),
        )
        .flatMap(
          policy => (policy['Properties'] as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
        )
        .map(({ Effect, Action, Resource }) => `${Effect} ${[Action].flat().join(' ')} on ${describe(Resource)}`)
      return [Description.replace('Grantwire: ', ''), statements.sort()]
    }),
  )
}

/** A resource in words: `Settings`, `Tasks`, or `POST/@connections/*`. */
function describe(resource: unknown): string {
  const text = JSON.stringify(resource)
  const connections = /([A-Z]+\/@connections\/\*)/.exec(text)?.[1]
  if (connections !== undefined) return connections
  const known = ['TablesSettings', 'TablesConnections', 'FanOutTasks', 'Logs'].find(name => text.includes(name))
  return known ?? text
}
