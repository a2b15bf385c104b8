import { Aws } from 'aws-cdk-lib'
import { WebSocketApi as Api, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import type { Lambda } from './lambda.ts'

export interface WebSocketApiProps {
  lambdas: Record<'authorize' | 'connect' | 'disconnect' | 'sync' | 'renew' | 'reject', Lambda>
}

/** Said explicitly: a stage whose settings name no throttle may be deployed with one of 0 (see docs/operations.md). */
const THROTTLE = { rateLimit: 5_000, burstLimit: 2_500 }

/** The WebSocket API: messages are routed by their `event`. */
export class WebSocketApi extends Construct {
  readonly #api: Api
  readonly #stage: WebSocketStage

  constructor(scope: Construct, id: string, { lambdas }: WebSocketApiProps) {
    super(scope, id)
    // An integration for each route: CDK versions differ in the permissions they give to a shared one.
    const to = (name: keyof typeof lambdas) => new WebSocketLambdaIntegration(`To-${name}`, lambdas[name].function)
    this.#api = new Api(this, 'Api', {
      routeSelectionExpression: '$request.body.event',
      connectRouteOptions: {
        integration: to('connect'),
        authorizer: new WebSocketLambdaAuthorizer('Authorizer', lambdas.authorize.function, {
          // A browser can set no other header; without it the answer is 401 and no Lambda runs.
          identitySource: ['route.request.header.Sec-WebSocket-Protocol'],
        }),
      },
      disconnectRouteOptions: { integration: to('disconnect') },
      defaultRouteOptions: { integration: to('reject'), returnResponse: true },
    })
    this.#api.addRoute('sync', { integration: to('sync'), returnResponse: true })
    this.#api.addRoute('renew', { integration: to('renew'), returnResponse: true })
    this.#stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: 'prod',
      autoDeploy: true,
      throttle: THROTTLE,
    })
  }

  /** `wss://…/prod`. */
  get url(): string {
    return this.#stage.url
  }

  get apiId(): string {
    return this.#api.apiId
  }

  /** Lets a Lambda call these methods of `/@connections/*` on this stage. */
  grantConnections(lambda: Lambda, methods: readonly ('POST' | 'DELETE')[]): void {
    lambda.set({ CONNECTIONS_URL: this.#stage.callbackUrl })
    const stage = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${this.#api.apiId}/${this.#stage.stageName}`
    for (const method of methods) lambda.allow(['execute-api:ManageConnections'], `${stage}/${method}/@connections/*`)
  }
}
