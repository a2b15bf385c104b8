import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { bundleFolder } from './bundle.ts'

export interface LambdaProps {
  /** Entry file `functions/<entry>.ts`. */
  entry: string
  /** Seconds. */
  timeout?: number
  /** MB. */
  memory?: number
}

/** A Lambda with a role and a log group of its own. Rights and the environment that names their object are given together. */
export class Lambda extends Construct {
  readonly function: Function
  readonly #role: Role

  constructor(scope: Construct, id: string, { entry, timeout = 10, memory = 512 }: LambdaProps) {
    super(scope, id)
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.function = new Function(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleFolder(entry)),
      role: this.#role,
      timeout: Duration.seconds(timeout),
      memorySize: memory,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      description: `Grantwire: ${entry}`,
    })
    // The managed policy of Lambda would give every log group of the account.
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn)
  }

  /** One statement; with it the environment that the code finds the resource by. */
  allow(actions: readonly string[], resource: string, environment: Readonly<Record<string, string>> = {}): void {
    this.#role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [resource] }))
    this.set(environment)
  }

  set(environment: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(environment)) this.function.addEnvironment(name, value)
  }
}
