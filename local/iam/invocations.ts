import type { LambdaFunction } from '../lambda/function.ts'
import { ACCOUNT, REGION } from '../template/physical.ts'
import type { StackTemplate } from '../template/stack-template.ts'
import { matchesArn } from './policy.ts'

/** What API Gateway invokes a function for: the part of the source ARN after the API's id. */
export type FindFunction = (arn: string, apiId: string, source: string) => LambdaFunction

/**
 * Functions as API Gateway may invoke them: only with a permission of the template for this very route or authorizer. Without
 * one AWS answers 500, and nothing says so before the deployment.
 */
export function guardInvocations(template: StackTemplate, find: (arn: string) => LambdaFunction): FindFunction {
  const permissions = template.invokePermissions().filter(({ principal }) => principal === 'apigateway.amazonaws.com')
  return (functionArn, apiId, source) => {
    const sourceArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${source}`
    const isAllowed = permissions.some(
      permission => permission.functionArn === functionArn && matchesArn(permission.sourceArn, sourceArn),
    )
    const target = find(functionArn)
    if (isAllowed) return target
    const errorMessage = `API Gateway may not invoke ${target.logicalId} for ${sourceArn}: the template has no permission for it.`
    return { logicalId: target.logicalId, invoke: async () => ({ ok: false, errorType: 'AccessDenied', errorMessage }) }
  }
}
