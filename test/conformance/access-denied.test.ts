import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAwsEndpoint } from '../../local/aws-endpoint.ts'
import { Meter } from '../../local/billing/meter.ts'
import { ServiceCalls } from '../../local/billing/service-calls.ts'
import { systemClock } from '../../local/clock.ts'
import { needsOfDynamoDb, needsOfSqs } from '../../local/iam/needs.ts'
import { closeAll, FakeFunction, listen, startWebSocketApi } from '../support/gateway.ts'
import { sendCall, sendSigned } from '../support/signed.ts'
import { gateWith } from '../support/template.ts'
import { aws } from './source.ts'

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/'
const ERRORS = `${IAM}troubleshoot_access-denied.html`
const DYNAMODB_ERRORS = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html'
const SQS_ERRORS =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html'
const ACTIONS = 'https://docs.aws.amazon.com/service-authorization/latest/reference/'

const table = 'arn:aws:dynamodb:us-east-1:123456789012:table/Settings'
const user = 'arn:aws:sts::123456789012:assumed-role/Small-Role/my-function'
const { gate, principal } = gateWith([
  { Effect: 'Allow', Action: 'dynamodb:Query', Resource: table },
  { Effect: 'Deny', Action: 'dynamodb:DeleteItem', Resource: '*' },
  {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: 'arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/GET/@connections/*',
  },
])
let endpoint: Awaited<ReturnType<typeof listen>>

beforeAll(async () => {
  const billing = new ServiceCalls(new Meter(systemClock), [])
  const unreachable = 'http://127.0.0.1:9'
  endpoint = await listen(createAwsEndpoint({ gate, dynamoDbUrl: unreachable, sqsUrl: unreachable, billing }))
})
afterAll(closeAll)

const answerOf = async (answer: Response) => ({
  status: answer.status,
  headers: Object.fromEntries(answer.headers),
  text: await answer.text(),
})

test(
  aws('13 DynamoDB refuses with 400, the type in the body and the message in Message', DYNAMODB_ERRORS),
  async () => {
    const { status, headers, text } = await answerOf(
      await sendCall(endpoint.origin, principal, 'DynamoDB_20120810.GetItem', { TableName: 'Settings', Key: {} }),
    )
    expect(status).toBe(400)
    expect(JSON.parse(text)).toEqual({
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message: `User: ${user} is not authorized to perform: dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
    })
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-crc32': String(crc32(text)),
      'x-amzn-requestid': expect.any(String) as string,
    })
    const client = new DynamoDBClient({ endpoint: endpoint.origin, region: 'us-east-1', credentials: principal })
    const call = client.send(new GetItemCommand({ TableName: 'Settings', Key: { pk: { S: 'a' } } }))
    await expect(call).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: (JSON.parse(text) as { Message: string }).Message,
    })
  },
)

test(aws('13 an explicit deny says so', ERRORS), async () => {
  const answer = await sendCall(endpoint.origin, principal, 'DynamoDB_20120810.DeleteItem', { TableName: 'Settings' })
  expect(await answer.json()).toMatchObject({
    Message: `User: ${user} is not authorized to perform: dynamodb:DeleteItem on resource: ${table} with an explicit deny in an identity-based policy`,
  })
})

test(aws('13 SQS refuses with 403, its old code in a header and the action in lower case', SQS_ERRORS), async () => {
  const QueueUrl = `${endpoint.origin}/123456789012/Tasks`
  const { status, headers, text } = await answerOf(
    await sendCall(endpoint.origin, principal, 'AmazonSQS.SendMessage', { QueueUrl, MessageBody: 'x' }),
  )
  expect(status).toBe(403)
  expect(headers['x-amzn-query-error']).toBe('AccessDenied;Sender')
  expect(JSON.parse(text)).toEqual({
    __type: 'com.amazon.coral.service#AccessDeniedException',
    message: `User: ${user} is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:Tasks because no identity-based policy allows the sqs:sendmessage action`,
  })
  const client = new SQSClient({ endpoint: endpoint.origin, region: 'us-east-1', credentials: principal })
  const call = client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await expect(call).rejects.toMatchObject({ name: 'AccessDenied' })
})

test(
  aws(
    '13 API Gateway refuses with 403, the type in a header, and hides the account and the connection',
    'apigateway-websocket-control-access-iam',
  ),
  async () => {
    const api = await startWebSocketApi(
      { $connect: { target: new FakeFunction() } },
      { authorizeCall: call => gate.check(call) },
    )
    const { id } = await api.open()
    const address = `${api.managementUrl}/@connections/${encodeURIComponent(id)}`
    const refused = await answerOf(await sendSigned(address, principal, { service: 'execute-api', body: 'x' }))
    expect([refused.status, refused.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException'])
    expect(JSON.parse(refused.text)).toEqual({
      Message: `User: ${user} is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********9012:abc1234567/prod/POST/@connections/{connectionId}`,
    })
    expect((await sendSigned(address, principal, { service: 'execute-api', method: 'GET' })).status).toBe(200)
    const unsigned = await answerOf(await fetch(address, { method: 'POST', body: 'x' }))
    expect([unsigned.status, unsigned.headers['x-amzn-errortype']]).toEqual([
      403,
      'MissingAuthenticationTokenException',
    ])
  },
)

test(aws('13 DynamoDB and SQS say what is wrong with a signature, each in its own way', ERRORS), async () => {
  const stranger = { ...principal, accessKeyId: 'ASIAUNKNOWN' }
  const liar = { ...principal, secretAccessKey: 'guessed' }
  const codes = async (who: typeof stranger) => {
    const query = await sendCall(endpoint.origin, who, 'DynamoDB_20120810.Query', { TableName: 'Settings' })
    const send = await sendCall(endpoint.origin, who, 'AmazonSQS.SendMessage', { QueueUrl: 'x' })
    const { __type } = (await query.json()) as { __type: string }
    return [query.status, __type.split('#')[1], send.status, send.headers.get('x-amzn-query-error')]
  }
  expect(await codes(stranger)).toEqual([400, 'UnrecognizedClientException', 403, 'InvalidClientTokenId;Sender'])
  expect(await codes(liar)).toEqual([400, 'InvalidSignatureException', 403, 'SignatureDoesNotMatch;Sender'])
})

test(
  aws(
    '13 a call of DynamoDB needs its right on every table and index that it names',
    `${ACTIONS}list_amazondynamodb.html`,
  ),
  () => {
    const other = table.replace('Settings', 'Other')
    const RequestItems = { Settings: [], Other: [] }
    expect(needsOfDynamoDb('BatchWriteItem', { RequestItems })).toEqual([
      { action: 'dynamodb:BatchWriteItem', resource: table },
      { action: 'dynamodb:BatchWriteItem', resource: other },
    ])
    expect(needsOfDynamoDb('Query', { TableName: 'Settings', IndexName: 'byUser' })).toEqual([
      { action: 'dynamodb:Query', resource: `${table}/index/byUser` },
    ])
    const TransactItems = [{ Put: { TableName: 'Settings' } }, { ConditionCheck: { TableName: 'Other' } }]
    expect(needsOfDynamoDb('TransactWriteItems', { TransactItems })).toEqual([
      { action: 'dynamodb:PutItem', resource: table },
      { action: 'dynamodb:ConditionCheckItem', resource: other },
    ])
    expect(needsOfDynamoDb('ListTables', {})).toEqual([{ action: 'dynamodb:ListTables', resource: '*' }])
  },
)

test(aws('13 a batch of SQS needs the right of its parts', `${ACTIONS}list_amazonsqs.html`), () => {
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/Tasks'
  expect(needsOfSqs('SendMessageBatch', { QueueUrl })).toEqual([
    { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:123456789012:Tasks' },
  ])
  expect(needsOfSqs('ListQueues', {})).toEqual([{ action: 'sqs:ListQueues', resource: '*' }])
})
