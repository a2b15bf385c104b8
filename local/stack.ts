import type { JWK } from 'jose'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAwsEndpoint, type AwsEndpointOptions } from './aws-endpoint.ts'
import { Meter } from './billing/meter.ts'
import { ServiceCalls } from './billing/service-calls.ts'
import { systemClock, type Clock } from './clock.ts'
import { createConsole } from './console/pages.ts'
import { startDynamoDb, type DynamoDbEngine } from './dynamodb/engine.ts'
import { Faults } from './faults/faults.ts'
import type { FaultPlan } from './faults/plan.ts'
import { Replica } from './dynamodb/replica.ts'
import type { GatewayDependencies } from './gateway/dependencies.ts'
import { createHttpApi } from './gateway/http-api.ts'
import { TokenBucket } from './gateway/throttle.ts'
import { createWebSocketApi, type EmulatedWebSocketApi } from './gateway/websocket-api.ts'
import { Gate, type GateOptions } from './iam/gate.ts'
import { Principals } from './iam/principals.ts'
import { guardInvocations } from './iam/invocations.ts'
import { nameOf } from './lambda/name.ts'
import { FunctionPool, type PoolOptions } from './lambda/pool.ts'
import { createUserPool } from './oidc/user-pool.ts'
import { startSqs, type SqsEngine } from './sqs/engine.ts'
import { assertDeployable } from './sqs/deployable.ts'
import { startEventSource } from './sqs/event-source.ts'
import { localAddresses, type LocalOrigins } from './template/addresses.ts'
import { readApis } from './template/apis.ts'
import { readAssembly, type Assembly } from './template/assembly.ts'
import { cloudHosts } from './template/hosts.ts'
import { physicalIds, PSEUDO_PARAMETERS } from './template/physical.ts'
import { createResolver } from './template/resolve.ts'
import { StackTemplate } from './template/stack-template.ts'

export interface StackOptions {
  /** What `cdk synth` wrote, or the folder it wrote it to. */
  assembly: string | Assembly
  /** The console's port; the HTTP API, the WebSocket API and the sign-in take the three after it. 0 takes any. */
  port?: number
  /** A DynamoDB to use instead of the embedded one. */
  dynamoDbEndpoint?: string
  /** The gateway's clock: idle times, lifetimes, time-outs of integrations. */
  clock?: Clock
  /** Ms that reads of DynamoDB are behind where they are not strongly consistent; Infinity: they never catch up. */
  lagMs?: number
  log?: (line: string) => void
  /** Also log a line for each invocation, as Lambda does. */
  reports?: boolean
  /** User names that the sign-in page offers. */
  accounts?: string[]
  /** The private key that the sign-in signs tokens with, so that tests can make any token; one is made where none is given. */
  signingKey?: JWK
  /** Execution environments of one function at once. */
  concurrency?: number
  /** The Region's token bucket: 10,000 a second and a burst of 5,000 where nothing is said. */
  quota?: { rate: number; burst: number }
  /** What goes wrong: see docs/faults.md. */
  faults?: FaultPlan
  onCall?: AwsEndpointOptions['onCall']
  onPost?: GatewayDependencies['onPost']
  onInvoked?: PoolOptions['onInvoked']
  /** Changes the rights of a role while the stack runs. */
  reviseStatements?: GateOptions['revise']
  onRefused?: GateOptions['onRefused']
}

export interface LocalStack {
  consoleUrl: string
  httpUrl: string
  /** With the stage: where a browser opens its WebSocket. */
  webSocketUrl: string
  /** With the stage: where `/@connections` is. */
  managementUrl: string
  issuer: string
  template: StackTemplate
  dynamoDb: DynamoDbEngine
  sqs: SqsEngine
  webSocketApi: EmulatedWebSocketApi
  /** What AWS would bill. */
  bill: Meter
  /** Adds faults while the stack runs, and counts them. */
  faults: Faults
  close: () => Promise<void>
}

/** Runs a synthesized stack on this machine, each service on a port of its own. Several can run in one process. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const { clock = systemClock, log = line => console.log(line), port = 0, concurrency = 8 } = options
  const assembly = typeof options.assembly === 'string' ? readAssembly(options.assembly) : options.assembly
  const bill = new Meter(clock)
  const closing: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }

  try {
    // The ports come first: the template's values name the addresses.
    const at = (offset: number): number => (port === 0 ? 0 : port + offset)
    const servers = {
      console: await listen(at(0), closing),
      http: await listen(at(1), closing),
      webSocket: await listen(at(2), closing),
      signIn: await listen(at(3), closing),
    }
    const principals = new Principals()
    const origins: LocalOrigins = {
      console: originOf(servers.console),
      http: originOf(servers.http),
      webSocket: originOf(servers.webSocket),
      signIn: originOf(servers.signIn),
      aws: '',
    }
    const physical = physicalIds(assembly.template, assembly.stackName)
    const resolver = createResolver(assembly.template, physical, PSEUDO_PARAMETERS, text =>
      localAddresses(cloudHosts(assembly.template, physical), origins)(text),
    )
    const template = new StackTemplate(assembly, resolver)
    // The CDK brings functions of its own for the deployment, which the local run never invokes.
    const ours = template.functions().filter(({ logicalId }) => logicalId.startsWith('Functions'))
    const functions = ours.map(({ logicalId }) => nameOf(logicalId))
    const faults = new Faults(options.faults, { clock, log, functions })

    const dynamoDb = await startDynamoDb(template.tables(), options.dynamoDbEndpoint)
    closing.push(() => dynamoDb.close())
    const { lagMs = 0 } = options
    const replica = lagMs === 0 ? undefined : await Replica.start(template.tables(), dynamoDb, clock, lagMs)
    closing.push(async () => replica?.close())
    const sqs = await startSqs(template.queues())
    closing.push(() => sqs.close())
    const gate = new Gate(template, principals, {
      ...(options.reviseStatements === undefined ? {} : { revise: options.reviseStatements }),
      ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
    })
    const mayDo = (roleArn: string, action: string, resource: string): boolean =>
      gate.decide({ roleArn, action, resource }) === 'allowed'
    const aws = createAwsEndpoint({
      gate,
      billing: new ServiceCalls(bill, template.tables()),
      dynamoDbUrl: dynamoDb.url,
      ...(replica === undefined ? {} : { replica }),
      sqsUrl: sqs.url,
      faults,
      ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    })
    await start(aws, 0, closing)
    origins.aws = originOf(aws)

    const pools = new Map<string, FunctionPool>()
    const find = (arn: string): FunctionPool => {
      const known = pools.get(arn)
      if (known !== undefined) return known
      const description = template.functionWithArn(arn)
      gate.admit(description.roleArn)
      const pool = new FunctionPool(description, {
        clock,
        principals,
        awsUrl: origins.aws,
        concurrency,
        mayDo,
        meter: (logicalId, memoryMb, ms, cpuMs) => bill.invocation(nameOf(logicalId), memoryMb, ms, cpuMs),
        onLog(logicalId, level, text) {
          if (level !== 'REPORT' || options.reports === true) log(`${nameOf(logicalId)}  ${level}  ${text}`)
        },
        ...(options.onInvoked === undefined ? {} : { onInvoked: options.onInvoked }),
      })
      pools.set(arn, pool)
      return pool
    }
    closing.push(() => Promise.all([...pools.values()].map(pool => pool.close())))

    const deps: GatewayDependencies = {
      clock,
      log,
      bucket: new TokenBucket(clock, options.quota?.rate, options.quota?.burst),
      stageBucket: ({ rateLimit, burstLimit }) => new TokenBucket(clock, rateLimit, burstLimit),
      authorizeCall: call => gate.check(call),
      meter: bill,
      ...(options.onPost === undefined ? {} : { onPost: options.onPost }),
      faults,
    }
    const apis = readApis(template, guardInvocations(template, find))
    const webSocketApi = createWebSocketApi(apis.webSocket, deps)
    closing.push(() => webSocketApi.close())
    const userPool = await createUserPool(template, origins, options)
    serve(servers.console, createConsole(template))
    serve(servers.http, createHttpApi(apis.http, deps))
    serve(servers.webSocket, webSocketApi.handleRequest)
    servers.webSocket.on('upgrade', webSocketApi.handleUpgrade)
    serve(servers.signIn, userPool.listener)

    const queues = template.queues()
    for (const source of template.eventSources()) {
      const queue = queues.find(({ arn }) => arn === source.queueArn)
      if (queue === undefined)
        throw new Error(`The template has no queue ${source.queueArn}, and an event source of it.`)
      assertDeployable(source, queue, template.functionWithArn(source.functionArn))
      const mayRead = (action: string): boolean => mayDo(source.roleArn, action, source.queueArn)
      const poller = startEventSource(sqs, source, find(source.functionArn), log, mayRead, bill, faults)
      closing.push(() => poller.close())
    }
    const { stage } = apis.webSocket
    return {
      consoleUrl: origins.console,
      httpUrl: origins.http,
      webSocketUrl: `${origins.webSocket.replace('http:', 'ws:')}/${stage}`,
      managementUrl: `${origins.webSocket}/${stage}`,
      issuer: userPool.issuer,
      template,
      dynamoDb,
      sqs,
      webSocketApi,
      bill,
      faults,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const originOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Binds a port now; what it answers with is set by `serve`. */
async function listen(port: number, closing: (() => Promise<unknown>)[]): Promise<Server> {
  // A Lambda keeps its sockets while it is frozen: they must not be closed under it.
  const server = createServer({ keepAliveTimeout: 120_000, maxHeaderSize: 65_536 })
  await start(server, port, closing)
  return server
}

async function start(server: Server, port: number, closing: (() => Promise<unknown>)[]): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new Error(`Port ${port} is taken. Choose another first port with PORT, or PORT=0 for any.`, {
        cause: error,
      })
    throw error
  }
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
}

const serve = (server: Server, listener: RequestListener): void => void server.on('request', listener)
