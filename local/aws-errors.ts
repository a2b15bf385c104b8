import type { ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** An error as it goes over the wire. */
export interface AwsError {
  status: number
  headers: Record<string, string>
  body: string
}

export interface ErrorCode {
  status: number
  /** Such as `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`. */
  type: string
  /** What the code was called in SQS's older protocol: without it the SDK does not know the error. */
  queryCode?: string
}

/**
 * An error in the form of a service. DynamoDB and SQS name it in the body, API Gateway in a header alone: an SDK that finds it
 * nowhere calls it `Unknown`.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html
 *
 * @param member the name of the message in the body, which some errors write with a capital
 */
export function awsError(
  service: 'dynamodb' | 'sqs' | 'execute-api',
  { status, type, queryCode }: ErrorCode,
  message: string,
  member: 'message' | 'Message' = 'message',
): AwsError {
  const id = { 'x-amzn-requestid': randomUUID() }
  if (service === 'execute-api')
    return {
      status,
      headers: { ...id, 'content-type': 'application/json', 'x-amzn-errortype': type },
      body: JSON.stringify({ [member]: message }),
    }
  const body = JSON.stringify({ __type: type, [member]: message })
  const own =
    service === 'dynamodb'
      ? { 'x-amz-crc32': String(crc32(body)) }
      : {
          'x-amzn-query-error': `${queryCode ?? type.split('#').at(-1) ?? type};${status < 500 ? 'Sender' : 'Receiver'}`,
        }
  return { status, headers: { ...id, ...own, 'content-type': 'application/x-amz-json-1.0' }, body }
}

export const sendError = (res: ServerResponse, { status, headers, body }: AwsError): void =>
  void res.writeHead(status, headers).end(body)
