import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ServiceCalls } from './billing/service-calls.ts'
import { strikeAfter, strikeBefore } from './faults/carry-out.ts'
import type { Faults } from './faults/faults.ts'
import { addUnprocessed, halveBatch } from './faults/unprocessed.ts'
import type { Gate } from './iam/gate.ts'
import type { Principal } from './iam/principals.ts'
import { ACCOUNT, REGION } from './template/physical.ts'

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
      if (!res.headersSent) refuse(res, 500, 'InternalServerError', String(error))
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
  if (service === undefined) return refuse(res, 400, 'UnknownOperationException', `The local run has no ${target}.`)
  const body = JSON.parse(bytes.toString()) as Record<string, unknown>
  const action = `${service}:${operation === 'SendMessageBatch' ? 'SendMessage' : operation}`

  const verdict = options.gate.check({
    request: { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: bytes },
    service,
    action,
    resources: service === 'dynamodb' ? tablesOf(body) : [queueOf(body)],
  })
  if (!verdict.allowed)
    return refuse(
      res,
      service === 'sqs' && verdict.fault === 'AccessDenied' ? 403 : 400,
      `${verdict.fault}Exception`,
      verdict.message,
    )

  const call: ServiceCall = { action, principal: verdict.principal, body }
  options.onCall?.(call)
  const { principal } = verdict
  const fault = options.faults?.decide({ event: action, caller: principal })
  const struck = { event: action, principal, res, refuse: (...error: Refusal) => refuse(res, ...error) }
  if (await strikeBefore(fault, struck)) return
  const url = service === 'dynamodb' ? options.dynamoDbUrl : options.sqsUrl
  const send = (sent: Buffer, instead = operation): Promise<Answer> =>
    forward(req, sent, url, agent, { 'x-amz-target': `${target}.${instead}` })
  const counted = (sent: Buffer): Promise<Answer> =>
    options.billing.count({ service, operation, caller: principal.function }, sent, send)
  if (fault?.fault === 'unprocessed') {
    const halves = halveBatch(body)
    if (halves === undefined) return refuse(res, 400, 'ThrottlingException', 'Injected: too many requests.')
    const part = await counted(halves.done)
    if (part.status === 200) part.body = addUnprocessed(part.body, halves.left, operation)
    return void res.writeHead(part.status, { 'content-type': 'application/x-amz-json-1.0' }).end(part.body)
  }
  const answer = await counted(bytes)
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

async function readBody(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

type Refusal = [status: number, type: string, message: string]

/** An error in the JSON protocol of both services. */
function refuse(res: ServerResponse, ...[status, type, message]: Refusal): void {
  const name = type.replace('ExceptionException', 'Exception')
  res.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': name })
  res.end(JSON.stringify({ __type: `com.amazon.coral.service#${name}`, message, Message: message }))
}

/** The ARNs of the tables that a request names. */
function tablesOf(body: Record<string, unknown>): string[] {
  const names = typeof body['TableName'] === 'string' ? [body['TableName']] : Object.keys(body['RequestItems'] ?? {})
  return names.map(name => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`)
}

/** The ARN of the queue that a request names. */
const queueOf = (body: Record<string, unknown>): string =>
  `arn:aws:sqs:${REGION}:${ACCOUNT}:${String(body['QueueUrl']).split('/').at(-1) ?? ''}`
