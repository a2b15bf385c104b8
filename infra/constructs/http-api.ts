import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  CorsHttpMethod,
  HttpApi as Api,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { FunctionName } from './functions.ts'
import type { Lambda } from './lambda.ts'

/** Every route, with the Lambda that answers it. */
export const ROUTES = [
  [HttpMethod.GET, '/me', 'read-settings'],
  [HttpMethod.GET, '/groups/{groupId}', 'read-settings'],
  [HttpMethod.GET, '/users/{userId}', 'read-settings'],
  [HttpMethod.PATCH, '/groups/{groupId}', 'update-settings'],
  [HttpMethod.PATCH, '/users/{userId}', 'update-settings'],
  [HttpMethod.POST, '/groups/{groupId}/revert', 'update-settings'],
  [HttpMethod.GET, '/groups/{groupId}/history', 'history'],
  [HttpMethod.GET, '/groups/{groupId}/members', 'members'],
  [HttpMethod.PUT, '/groups/{groupId}/members/{userId}', 'members'],
  [HttpMethod.DELETE, '/groups/{groupId}/members/{userId}', 'members'],
  [HttpMethod.PUT, '/groups/{groupId}', 'groups'],
  [HttpMethod.DELETE, '/groups/{groupId}', 'groups'],
  [HttpMethod.GET, '/groups/{groupId}/presence', 'presence'],
  [HttpMethod.POST, '/groups/{groupId}/events', 'events'],
  [HttpMethod.POST, '/users/{userId}/events', 'events'],
  [HttpMethod.DELETE, '/users/{userId}/connections', 'sign-out'],
] as const satisfies readonly (readonly [HttpMethod, string, FunctionName])[]

export interface HttpApiProps {
  lambdas: Record<(typeof ROUTES)[number][2], Lambda>
  issuer: string
  audience: string[]
  /** Origins of the pages that may call. */
  origins: string[]
}

/** Said explicitly: a stage whose settings name no throttle may be deployed with one of 0 (see docs/operations.md). */
const THROTTLE = { rateLimit: 1_000, burstLimit: 500 }

/** The CDK's own format names the path by a variable that only REST APIs have. Users and groups are not logged: the route is. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
  // What API Gateway itself refused: a token, or a Lambda that it could not call.
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
}

/** Of a Lambda that may be invoked for its path already: the CDK's permission is for any method of it. */
class PermittedIntegration extends HttpLambdaIntegration {
  protected override completeBind(): void {
    return
  }
}

/** The HTTP API: every route asks for a token of the issuer. */
export class HttpApi extends Construct {
  readonly #api: Api

  constructor(scope: Construct, id: string, { lambdas, issuer, audience, origins }: HttpApiProps) {
    super(scope, id)
    this.#api = new Api(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpJwtAuthorizer('Authorizer', issuer, { jwtAudience: audience }),
      corsPreflight: {
        allowOrigins: origins,
        allowMethods: [
          CorsHttpMethod.GET,
          CorsHttpMethod.PATCH,
          CorsHttpMethod.POST,
          CorsHttpMethod.PUT,
          CorsHttpMethod.DELETE,
        ],
        allowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'grantwire-exclude-connection'],
        exposeHeaders: ['etag', 'location', 'retry-after'],
        maxAge: Duration.hours(1),
      },
    })
    const permitted = new Set<string>()
    for (const [method, path, name] of ROUTES) {
      const Integration = permitted.has(`${name}${path}`) ? PermittedIntegration : HttpLambdaIntegration
      permitted.add(`${name}${path}`)
      this.#api.addRoutes({
        path,
        methods: [method],
        integration: new Integration(`${method}${path}`, lambdas[name].function),
      })
    }
    new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: RetentionDays.ONE_MONTH,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
      },
    })
  }

  /** `https://…`, without a slash at the end. */
  get url(): string {
    return this.#api.apiEndpoint
  }

  get apiId(): string {
    return this.#api.apiId
  }
}
