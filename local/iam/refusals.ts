import { awsError, type AwsError } from '../aws-errors.ts'
import type { Refused } from './gate.ts'
import type { SignatureFault } from './signature.ts'

/** The words of AWS for a signature that it does not take; one that has expired says when. */
const MESSAGES: Record<Exclude<SignatureFault, 'RequestExpired'>, string> = {
  MissingAuthenticationToken: 'Request is missing Authentication Token',
  IncompleteSignature: 'The Authorization header is not that of a Signature Version 4.',
  UnrecognizedClient: 'The security token included in the request is invalid.',
  InvalidSignature:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
    'signing method. Consult the service documentation for details.',
}
const messageOf = ({ fault, message }: Refused): string =>
  fault === 'RequestExpired' || fault === 'AccessDenied' ? message : MESSAGES[fault]

/** Of the query protocol, by whose codes the SDKs of SQS still go. */
const QUERY_CODES: Record<Refused['fault'], string> = {
  AccessDenied: 'AccessDenied',
  MissingAuthenticationToken: 'MissingAuthenticationToken',
  IncompleteSignature: 'IncompleteSignature',
  UnrecognizedClient: 'InvalidClientTokenId',
  InvalidSignature: 'SignatureDoesNotMatch',
  RequestExpired: 'SignatureDoesNotMatch',
}

const typeOf = (fault: Refused['fault']): string =>
  `${fault === 'RequestExpired' ? 'InvalidSignature' : fault}Exception`

/** How DynamoDB refuses: always 400; the message of a missing right is in `Message`, any other in `message`. */
export const refusalOfDynamoDb = (refused: Refused): AwsError => {
  const { fault } = refused
  const member = fault === 'AccessDenied' ? 'Message' : 'message'
  return awsError(
    'dynamodb',
    { status: 400, type: `com.amazon.coral.service#${typeOf(fault)}` },
    messageOf(refused),
    member,
  )
}

/** How SQS refuses: with 403, and it writes actions in lower case. */
export const refusalOfSqs = (refused: Refused): AwsError => {
  const { fault, need } = refused
  const message = messageOf(refused)
  return awsError(
    'sqs',
    {
      status: fault === 'IncompleteSignature' ? 400 : 403,
      type: `com.amazon.coral.service#${typeOf(fault)}`,
      queryCode: QUERY_CODES[fault],
    },
    need === undefined ? message : message.replaceAll(need.action, need.action.toLowerCase()),
  )
}

/**
 * How API Gateway refuses a call of `@connections`: it hides all but four digits of the account, names no connection, and does
 * not say what was missing.
 */
export function refusalOfExecuteApi({ fault, need, principalArn, decision, ...rest }: Refused): AwsError {
  if (fault !== 'AccessDenied' || need === undefined)
    return awsError('execute-api', { status: 403, type: typeOf(fault) }, messageOf({ fault, ...rest }))
  const resource = need.resource
    .replace(/(?<=:)\d{8}(?=\d{4}:)/, '********')
    .replace(/(?<=@connections\/).*$/, '{connectionId}')
  const explicit = decision === 'denied' ? ' with an explicit deny' : ''
  return awsError(
    'execute-api',
    { status: 403, type: 'AccessDeniedException' },
    `User: ${principalArn ?? ''} is not authorized to perform: ${need.action} on resource: ${resource}${explicit}`,
    'Message',
  )
}
