import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import type { Assembly, Resource } from './assembly.ts'
import type { Resolver } from './resolve.ts'

/** A function of the template, resolved. */
export interface FunctionDescription {
  logicalId: string
  functionName: string
  arn: string
  /** The folder of its bundle. */
  codePath: string
  /** Such as `index.handler`. */
  handler: string
  timeoutMs: number
  memoryMb: number
  environment: Record<string, string>
  roleArn: string
  logGroupArn: string
}

/** Who may invoke a function: a resource-based policy. */
export interface InvokePermission {
  functionArn: string
  principal: string
  /** A pattern that begins with `arn:aws:execute-api:`. */
  sourceArn: string
}

export interface TableDescription {
  tableName: string
  arn: string
  /** As CreateTable takes them. */
  keySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[]
  attributes: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[]
  indexes?: Pick<CreateTableCommandInput, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>
}

export interface QueueDescription {
  queueName: string
  arn: string
  /** Seconds. */
  visibilityTimeout: number
  delay: number
  redrive?: { deadLetterTargetArn: string; maxReceiveCount: number }
}

export interface EventSourceDescription {
  queueArn: string
  functionArn: string
  batchSize: number
  windowSeconds: number
  reportBatchItemFailures: boolean
  /** Of the function: it reads the queue with its own rights. */
  roleArn: string
  /** Batches at once; undefined: as many as the account may run. */
  maximumConcurrency: number | undefined
}

export interface Statement {
  Effect: 'Allow' | 'Deny'
  Action?: string | string[]
  NotAction?: string | string[]
  Resource?: string | string[]
  NotResource?: string | string[]
  Condition?: Record<string, Record<string, unknown>>
  [other: string]: unknown
}

const pick = (from: Record<string, unknown>, names: readonly string[]): object =>
  Object.fromEntries(names.filter(name => name in from).map(name => [name, from[name]]))

type Entry = [logicalId: string, resource: Resource]

/** The template of a stack, read resource by resource as it is needed. */
export class StackTemplate {
  readonly #assembly: Assembly
  readonly #resolver: Resolver
  readonly #arnOf: (logicalId: string) => string

  constructor(assembly: Assembly, resolver: Resolver) {
    this.#assembly = assembly
    this.#resolver = resolver
    this.#arnOf = logicalId => resolver.text({ 'Fn::GetAtt': [logicalId, 'Arn'] })
  }

  /** The resources of a type, with their properties resolved. */
  ofType(type: string): { logicalId: string; properties: Record<string, unknown> }[] {
    return this.#entries(type).map(([logicalId, { Properties = {} }]) => ({
      logicalId,
      properties: this.#resolver.resolve(Properties) as Record<string, unknown>,
    }))
  }

  ref(logicalId: string): string {
    return this.#resolver.text({ Ref: logicalId })
  }

  attribute(logicalId: string, name: string): string {
    return this.#resolver.text({ 'Fn::GetAtt': [logicalId, name] })
  }

  assetPath(hash: string): string {
    return this.#assembly.assetPath(hash)
  }

  outputs(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#assembly.template.Outputs ?? {}).map(([name, { Value }]) => [
        name,
        this.#resolver.text(Value),
      ]),
    )
  }

  tables(): TableDescription[] {
    return this.ofType('AWS::DynamoDB::Table').map(({ logicalId, properties }) => ({
      tableName: this.ref(logicalId),
      arn: this.#arnOf(logicalId),
      keySchema: properties['KeySchema'] as TableDescription['keySchema'],
      attributes: properties['AttributeDefinitions'] as TableDescription['attributes'],
      indexes: pick(properties, ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']),
    }))
  }

  queues(): QueueDescription[] {
    return this.ofType('AWS::SQS::Queue').map(({ logicalId, properties }) => {
      const redrive = properties['RedrivePolicy'] as QueueDescription['redrive']
      return {
        queueName: this.attribute(logicalId, 'QueueName'),
        arn: this.#arnOf(logicalId),
        visibilityTimeout: Number(properties['VisibilityTimeout'] ?? 30),
        delay: Number(properties['DelaySeconds'] ?? 0),
        ...(redrive === undefined ? {} : { redrive }),
      }
    })
  }

  eventSources(): EventSourceDescription[] {
    return this.#entries('AWS::Lambda::EventSourceMapping').map(([, { Properties = {} }]) => {
      const functionRef = Properties['FunctionName'] as { Ref: string }
      const scaling = this.#resolver.resolve(Properties['ScalingConfig']) as { MaximumConcurrency?: number } | undefined
      return {
        queueArn: this.#resolver.text(Properties['EventSourceArn']),
        functionArn: this.#arnOf(functionRef.Ref),
        roleArn: this.functionWithArn(this.#arnOf(functionRef.Ref)).roleArn,
        batchSize: Number(Properties['BatchSize'] ?? 10),
        windowSeconds: Number(Properties['MaximumBatchingWindowInSeconds'] ?? 0),
        reportBatchItemFailures: this.#resolver
          .texts(Properties['FunctionResponseTypes'])
          .includes('ReportBatchItemFailures'),
        maximumConcurrency: scaling?.MaximumConcurrency,
      }
    })
  }

  /** Every function of the template: its logical id, its ARN and its description. */
  functions(): { logicalId: string; arn: string; description: string }[] {
    return this.#entries('AWS::Lambda::Function').map(([logicalId, { Properties }]) => ({
      logicalId,
      arn: this.#arnOf(logicalId),
      description: typeof Properties?.['Description'] === 'string' ? Properties['Description'] : '',
    }))
  }

  /** The function with this ARN. @throws Error where the template has none */
  functionWithArn(arn: string): FunctionDescription {
    const entry = this.#entries('AWS::Lambda::Function').find(([logicalId]) => this.#arnOf(logicalId) === arn)
    if (entry === undefined) throw new Error(`The template has no function ${arn}.`)
    const [logicalId, { Properties = {} }] = entry
    const runtime = String(Properties['Runtime'])
    if (!runtime.startsWith('nodejs'))
      throw new Error(`${logicalId} runs on ${runtime}; the local run only knows Node.js.`)
    const code = Properties['Code'] as { S3Key?: string }
    const hash = code.S3Key?.replace(/\.zip$/, '')
    if (hash === undefined) throw new Error(`The code of ${logicalId} is no asset.`)
    const environment =
      (Properties['Environment'] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {}
    return {
      logicalId,
      functionName: this.ref(logicalId),
      arn,
      codePath: this.assetPath(hash),
      handler: String(Properties['Handler']),
      timeoutMs: Number(Properties['Timeout'] ?? 3) * 1000,
      memoryMb: Number(Properties['MemorySize'] ?? 128),
      environment: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, this.#resolver.text(value)]),
      ),
      roleArn: this.#resolver.text(Properties['Role']),
      logGroupArn: this.#logGroupArn(Properties),
    }
  }

  invokePermissions(): InvokePermission[] {
    return this.ofType('AWS::Lambda::Permission').map(({ properties }) => ({
      functionArn: String(properties['FunctionName']),
      principal: String(properties['Principal']),
      sourceArn: String(properties['SourceArn']),
    }))
  }

  /** The statements of the identity policies of a role. @throws Error for a policy that is not in the template */
  statementsOf(roleArn: string): Statement[] {
    const [roleId, properties] = this.#role(roleArn)
    for (const name of ['ManagedPolicyArns', 'PermissionsBoundary'])
      if (properties[name] !== undefined)
        throw new Error(
          `${roleId} uses policies that are not in the template: ${name} ${JSON.stringify(properties[name])}`,
        )
    const inline = (properties['Policies'] ?? []) as { PolicyDocument: unknown }[]
    const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy']
      .flatMap(type => this.#entries(type))
      .filter(([, { Properties = {} }]) =>
        ((Properties['Roles'] ?? [{ Ref: Properties['RoleName'] }]) as { Ref?: unknown }[]).some(
          ({ Ref }) => Ref === roleId || (Ref as { Ref?: unknown } | undefined)?.Ref === roleId,
        ),
      )
      .map(([, { Properties = {} }]) => ({ PolicyDocument: Properties['PolicyDocument'] }))
    return [...inline, ...attached].flatMap(({ PolicyDocument }) => this.#statements(PolicyDocument))
  }

  /** The statements of the policies that hang on queues, by the queue's ARN. Other resources of the local run have none. */
  resourcePolicies(): Map<string, Statement[]> {
    const policies = new Map<string, Statement[]>()
    for (const [, { Properties = {} }] of this.#entries('AWS::SQS::QueuePolicy'))
      for (const { Ref } of Properties['Queues'] as { Ref: string }[]) {
        const arn = this.#arnOf(Ref)
        policies.set(arn, [...(policies.get(arn) ?? []), ...this.#statements(Properties['PolicyDocument'])])
      }
    return policies
  }

  /** Whether a service may take on a role. */
  trusts(roleArn: string, service: string): boolean {
    const [, properties] = this.#role(roleArn)
    return this.#statements(properties['AssumeRolePolicyDocument']).some(
      ({ Effect, Action, Principal }) =>
        Effect === 'Allow' &&
        [Action].flat().includes('sts:AssumeRole') &&
        [(Principal as { Service?: string | string[] } | undefined)?.Service].flat().includes(service),
    )
  }

  #role(roleArn: string): [roleId: string, properties: Record<string, unknown>] {
    const role = this.#entries('AWS::IAM::Role').find(([logicalId]) => this.#arnOf(logicalId) === roleArn)
    if (role === undefined) throw new Error(`The template has no role ${roleArn}.`)
    return [role[0], role[1].Properties ?? {}]
  }

  #statements(document: unknown): Statement[] {
    return [this.#resolver.resolve((document as { Statement: unknown }).Statement)].flat() as Statement[]
  }

  #logGroupArn(properties: Record<string, unknown>): string {
    const group = (properties['LoggingConfig'] as { LogGroup?: { Ref?: string } } | undefined)?.LogGroup?.Ref
    if (group === undefined) throw new Error(`${String(properties['Description'])} has no log group of its own.`)
    return this.#arnOf(group)
  }

  #entries(type: string): Entry[] {
    return Object.entries(this.#assembly.template.Resources).filter(([, resource]) => resource.Type === type)
  }
}
