import type { Template } from 'aws-cdk-lib/assertions'
import { inWords } from './words.ts'

/** How the ARN of a caller of a Lambda begins, in words: then come the API and its path. */
export const SOURCE = 'execute-api'

export interface RouteInWords {
  key: string
  /** `JWT`, `CUSTOM` or `NONE`. */
  authorizer: string
  /** Name of the entry file of the Lambda that the route's integration calls. */
  lambda: string
  /** The callers that this Lambda lets in. */
  invokedBy: string[]
}

/** The routes of both APIs, followed through their integrations to the Lambdas. */
export function routesOf(template: Template): RouteInWords[] {
  const propertiesOf = (type: string): Map<string, Record<string, unknown>> =>
    new Map(
      Object.entries(template.findResources(type)).map(([id, { Properties }]) => [
        id,
        Properties as Record<string, unknown>,
      ]),
    )
  const integrations = propertiesOf('AWS::ApiGatewayV2::Integration')
  const functions = propertiesOf('AWS::Lambda::Function')
  const permissions = [...propertiesOf('AWS::Lambda::Permission').values()]
  return [...propertiesOf('AWS::ApiGatewayV2::Route').values()].map(route => {
    const [, integrationId = ''] = /"Ref":"(\w+)"/.exec(JSON.stringify(route['Target'])) ?? []
    const uri = JSON.stringify(integrations.get(integrationId)?.['IntegrationUri'])
    const [, functionId = ''] = /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(uri) ?? []
    return {
      key: String(route['RouteKey']),
      authorizer: String(route['AuthorizationType']),
      lambda: String(functions.get(functionId)?.['Description']).replace('Grantwire: ', ''),
      invokedBy: permissions
        .filter(({ FunctionName }) => JSON.stringify(FunctionName).includes(`"${functionId}"`))
        .map(({ SourceArn }) => inWords(SourceArn)),
    }
  })
}
