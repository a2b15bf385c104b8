import { createHash } from 'node:crypto'
import type { Physical } from './resolve.ts'
import type { Template } from './assembly.ts'

/** The account and region that the local run stands for. */
export const ACCOUNT = '123456789012'
export const REGION = 'us-east-1'
export const URL_SUFFIX = 'amazonaws.com'

export const PSEUDO_PARAMETERS = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': URL_SUFFIX,
  'AWS::StackName': 'local',
} as const

/** A short id in the form that AWS gives, always the same for a resource of a stack. */
const shortId = (text: string, length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string =>
  [...createHash('sha256').update(text).digest().subarray(0, length)]
    .map(byte => alphabet[byte % alphabet.length] ?? '')
    .join('')

const arn = (service: string, rest: string, region: string = REGION): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`

/**
 * What the resources of a stack are called once they are deployed: names, ids, ARNs and addresses in AWS's forms. Undefined
 * for a type that the local run does not know.
 */
export function physicalIds(template: Template, stackName: string): (logicalId: string) => Physical | undefined {
  return logicalId => {
    const resource = template.Resources[logicalId]
    if (resource === undefined) return undefined
    const name = `${stackName}-${logicalId}`
    const id = (length: number): string => shortId(name, length)
    switch (resource.Type) {
      case 'AWS::DynamoDB::Table':
        return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } }
      case 'AWS::SQS::Queue':
        return {
          ref: `https://sqs.${REGION}.${URL_SUFFIX}/${ACCOUNT}/${name}`,
          attributes: { Arn: arn('sqs', name), QueueName: name },
        }
      case 'AWS::Lambda::Function':
        return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } }
      case 'AWS::IAM::Role':
        return { ref: name, attributes: { Arn: arn('iam', `role/${name}`, '') } }
      case 'AWS::Logs::LogGroup':
        return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } }
      case 'AWS::ApiGatewayV2::Api':
        return {
          ref: id(10),
          attributes: { ApiEndpoint: `https://${id(10)}.execute-api.${REGION}.${URL_SUFFIX}` },
        }
      case 'AWS::ApiGatewayV2::Stage':
        return { ref: String(resource.Properties?.['StageName']), attributes: {} }
      case 'AWS::ApiGatewayV2::Route':
      case 'AWS::ApiGatewayV2::Integration':
      case 'AWS::ApiGatewayV2::Authorizer':
        // The local run looks these up by their logical ids.
        return { ref: logicalId, attributes: {} }
      case 'AWS::Cognito::UserPool': {
        const ref = `${REGION}_${shortId(name, 9, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')}`
        return { ref, attributes: { Arn: arn('cognito-idp', `userpool/${ref}`) } }
      }
      case 'AWS::Cognito::UserPoolClient':
        return { ref: id(26), attributes: {} }
      case 'AWS::Cognito::UserPoolResourceServer':
        return { ref: String(resource.Properties?.['Identifier']), attributes: {} }
      case 'AWS::CloudFront::Distribution':
        return { ref: id(14).toUpperCase(), attributes: { DomainName: `${id(13)}.cloudfront.net` } }
      case 'AWS::CloudFront::ResponseHeadersPolicy':
        return { ref: logicalId, attributes: {} }
      case 'AWS::CloudFront::OriginAccessControl':
        return { ref: logicalId, attributes: { Id: logicalId } }
      case 'AWS::S3::Bucket':
        return {
          ref: name.toLowerCase(),
          attributes: {
            Arn: `arn:aws:s3:::${name.toLowerCase()}`,
            RegionalDomainName: `${name.toLowerCase()}.s3.${REGION}.${URL_SUFFIX}`,
          },
        }
      default:
        return undefined
    }
  }
}
