import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { awsError, sendError, type AwsError } from './aws-errors.ts'
import type { ServiceCalls } from './billing/service-calls.ts'
import { strikeAfter, strikeBefore } from './faults/carry-out.ts'
import type { Faults } from './faults/faults.ts'
import type { Replica } from './dynamodb/replica.ts'
import { faultOfTransaction } from './dynamodb/transactions.ts'
import { addUnprocessed, halveBatch } from './faults/unprocessed.ts'
import type { Gate } from './iam/gate.ts'
import { needsOfDynamoDb, needsOfSqs } from './iam/needs.ts'
import type { Principal } from './iam/principals.ts'
import { readBody } from './read-body.ts'
import { refusalOfDynamoDb, refusalOfSqs } from './iam/refusals.ts'

/** One call of DynamoDB or SQS that a Lambda makes. */
export interface ServiceCall {
  /** Such as `dynamodb:Query`. */
  action: string
  principal: Principal
  body: Readonly<Record<string, unknown>>
}

export interface AwsEndpointOptions {
  gate: Gate
  billing: ServiceCalls
  dynamoDbUrl: string
  /** Answers reads that are not strongly consistent. */
  replica?: Replica
  sqsUrl: string
  faults?: Faults
  onCall?: (call: ServiceCall) => void
}

const SERVICES = { DynamoDB_20120810: 'dynamodb', AmazonSQS: 'sqs' } as const

/**
 * Where DynamoDB and SQS are for the Lambdas: checks who signs and what their role allows, then hands the call to the engine.
 */
export function createAwsEndpoint(options: AwsEndpointOptions): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  // Longer than a Lambda may be frozen in a test: a kept socket must not be closed under it.
  const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
    handle(req, res, options, agent).catch((error: unknown) => {
      if (!res.headersSent) sendError(res, serviceError('dynamodb', 500, 'InternalServerError', String(error)))
      else res.destroy()
    })
  })
  server.on('close', () => agent.destroy())
  return server
}

async function handle(
  req: IncomingMessage,
  res: ServerResponse,
  options: AwsEndpointOptions,
  agent: Agent,
): Promise<void> {
  const bytes = await readBody(req)
  const [target = '', operation = ''] = String(req.headers['x-amz-target'] ?? '').split('.')
  const service = (SERVICES as Record<string, 'dynamodb' | 'sqs' | undefined>)[target]
  if (service === undefined) return sendError(res, unknownOperation(`The local run has no ${target}.`))
  const body = parse(bytes)
  if (body === undefined)
    return sendError(
      res,
      awsError(service, { status: 400, type: 'com.amazon.coral.service#SerializationException' }, ''),
    )
  const needs = (service === 'dynamodb' ? needsOfDynamoDb : needsOfSqs)(operation, body)
  const verdict = options.gate.check({
    request: { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: bytes },
    service,
    needs,
  })
  if (!verdict.allowed) return sendError(res, (service === 'dynamodb' ? refusalOfDynamoDb : refusalOfSqs)(verdict))

  const action = `${service}:${operation === 'SendMessageBatch' ? 'SendMessage' : operation}`
  const call: ServiceCall = { action, principal: verdict.principal, body }
  options.onCall?.(call)
  const { principal } = verdict
  const fault = options.faults?.decide({ event: action, caller: principal })
  const struck = {
    event: action,
    principal,
    res,
    refuse: (...error: Refusal) => sendError(res, serviceError(service, ...error)),
  }
  if (await strikeBefore(fault, struck)) return
  const transaction = faultOfTransaction(body)
  if (transaction !== undefined)
    return sendError(
      res,
      awsError('dynamodb', { status: 400, type: 'com.amazon.coral.validate#ValidationException' }, transaction),
    )
  const { replica, dynamoDbUrl, sqsUrl } = options
  const url = service === 'sqs' ? sqsUrl : (replica?.urlFor(operation, body) ?? dynamoDbUrl)
  const send = (sent: Buffer, instead = operation): Promise<Answer> =>
    forward(req, sent, url, agent, { 'x-amz-target': `${target}.${instead}` })
  const counted = (sent: Buffer): Promise<Answer> =>
    options.billing.count({ service, operation, caller: principal.function }, sent, send)
  if (fault?.fault === 'unprocessed') {
    const halves = halveBatch(body)
    if (halves === undefined) return struck.refuse(400, 'ThrottlingException', 'Injected: too many requests.')
    const part = await counted(halves.done)
    if (part.status === 200) {
      replica?.written(operation, parse(halves.done) ?? {})
      part.body = addUnprocessed(part.body, halves.left, operation)
    }
    return void res.writeHead(part.status, { 'content-type': 'application/x-amz-json-1.0' }).end(part.body)
  }
  const answer = await counted(bytes)
  if (answer.status === 200) replica?.written(operation, body)
  if (strikeAfter(fault, struck)) return
  res.writeHead(answer.status, answer.headers).end(answer.body)
}

interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

function forward(
  req: IncomingMessage,
  bytes: Buffer,
  url: string,
  agent: Agent,
  instead: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _, ...headers } = { ...req.headers, 'content-length': String(bytes.length), ...instead }
    const sent = request(new URL('/', url), { method: 'POST', headers, agent }, answer => {
      readBody(answer).then(body => {
        const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = answer.headers
        resolve({ status: answer.statusCode ?? 500, headers: rest, body })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const unknownOperation = (message: string): AwsError =>
  awsError('dynamodb', { status: 400, type: 'com.amazon.coral.service#UnknownOperationException' }, message)

type Refusal = [status: number, type: string, message: string]

/** An error of the service itself, such as `ProvisionedThroughputExceededException`. */
const serviceError = (service: 'dynamodb' | 'sqs', ...[status, type, message]: Refusal): AwsError =>
  awsError(
    service,
    { status, type: `com.amazonaws.${service === 'dynamodb' ? 'dynamodb.v20120810' : 'sqs'}#${type}` },
    message,
  )
