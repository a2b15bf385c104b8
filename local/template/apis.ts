import type {
  Cors,
  HttpApi,
  HttpRoute,
  JwtAuthorizer,
  Throttle,
  WebSocketApi,
  WebSocketRoute,
} from '../gateway/apis.ts'
import type { FindFunction } from '../iam/invocations.ts'
import type { LambdaFunction } from '../lambda/function.ts'
import { ACCOUNT, REGION } from './physical.ts'
import type { StackTemplate } from './stack-template.ts'

type Properties = Record<string, unknown>

/** Reads the two APIs out of the template. @throws Error that names what a route needs and the local run does not know */
export function readApis(template: StackTemplate, find: FindFunction): { http: HttpApi; webSocket: WebSocketApi } {
  const apis = template.ofType('AWS::ApiGatewayV2::Api')
  const of = (protocol: string): { apiId: string; properties: Properties } => {
    const found = apis.filter(({ properties }) => properties['ProtocolType'] === protocol)
    const [api] = found
    if (api === undefined || found.length > 1)
      throw new Error(`The template has ${found.length} APIs of type ${protocol}; one is needed.`)
    return { apiId: template.ref(api.logicalId), properties: api.properties }
  }
  const parts = {
    routes: template.ofType('AWS::ApiGatewayV2::Route'),
    integrations: new Map(
      template.ofType('AWS::ApiGatewayV2::Integration').map(part => [part.logicalId, part.properties]),
    ),
    authorizers: new Map(
      template.ofType('AWS::ApiGatewayV2::Authorizer').map(part => [part.logicalId, part.properties]),
    ),
    responses: template.ofType('AWS::ApiGatewayV2::RouteResponse'),
    stages: template.ofType('AWS::ApiGatewayV2::Stage'),
  }
  const integrationOf = (
    route: Properties,
    source: string,
    defaultMs: number,
  ): { target: LambdaFunction; timeoutMs: number } => {
    const id = String(route['Target']).replace('integrations/', '')
    const integration = parts.integrations.get(id)
    if (integration?.['IntegrationType'] !== 'AWS_PROXY')
      throw new Error(`The route ${String(route['RouteKey'])} needs ${id}, which is no Lambda proxy integration.`)
    return {
      target: find(functionArn(String(integration['IntegrationUri'])), String(route['ApiId']), source),
      timeoutMs: Number(integration['TimeoutInMillis'] ?? defaultMs),
    }
  }
  const authorizerOf = (route: Properties): Properties | undefined => {
    const id = route['AuthorizerId'] as string | undefined
    if (id === undefined) return undefined
    const authorizer = parts.authorizers.get(id)
    if (authorizer === undefined) throw new Error(`The route ${String(route['RouteKey'])} needs the authorizer ${id}.`)
    return authorizer
  }
  const stageOf = (apiId: string): { stage: string; throttle?: Throttle } => {
    const stage = parts.stages.find(({ properties }) => properties['ApiId'] === apiId)
    if (stage === undefined) throw new Error(`The API ${apiId} has no stage.`)
    const settings = stage.properties['DefaultRouteSettings'] as
      { ThrottlingRateLimit?: number; ThrottlingBurstLimit?: number } | undefined
    return {
      stage: String(stage.properties['StageName']),
      ...(settings === undefined
        ? {}
        : // Settings without a throttle are one of 0.
          {
            throttle: { rateLimit: settings.ThrottlingRateLimit ?? 0, burstLimit: settings.ThrottlingBurstLimit ?? 0 },
          }),
    }
  }
  const routesOf = (apiId: string) => parts.routes.filter(({ properties }) => properties['ApiId'] === apiId)

  const http = of('HTTP')
  const webSocket = of('WEBSOCKET')
  const common = { accountId: ACCOUNT, region: REGION }
  return {
    http: {
      ...common,
      apiId: http.apiId,
      ...stageOf(http.apiId),
      ...corsOf(http.properties),
      routes: routesOf(http.apiId).map(({ properties }): HttpRoute => {
        const authorizer = authorizerOf(properties)
        return {
          routeKey: String(properties['RouteKey']),
          ...integrationOf(properties, httpSource(String(properties['RouteKey'])), 30_000),
          ...(authorizer === undefined ? {} : { authorizer: jwtAuthorizer(authorizer) }),
          scopes: (properties['AuthorizationScopes'] ?? []) as string[],
        }
      }),
    },
    webSocket: {
      ...common,
      apiId: webSocket.apiId,
      ...stageOf(webSocket.apiId),
      routeSelectionExpression: String(webSocket.properties['RouteSelectionExpression']),
      routes: routesOf(webSocket.apiId).map(({ logicalId, properties }): WebSocketRoute => {
        const authorizer = authorizerOf(properties)
        return {
          routeKey: String(properties['RouteKey']),
          ...integrationOf(properties, `*/${String(properties['RouteKey'])}`, 29_000),
          ...(authorizer === undefined
            ? {}
            : {
                authorizer: {
                  type: 'REQUEST',
                  target: find(
                    functionArn(String(authorizer['AuthorizerUri'])),
                    webSocket.apiId,
                    `authorizers/${String(properties['AuthorizerId'])}`,
                  ),
                  identitySource: authorizer['IdentitySource'] as string[],
                },
              }),
          routeResponse: parts.responses.some(response => response.properties['RouteId'] === logicalId),
        }
      }),
    },
  }
}

/** The source ARN of a route: `PATCH /groups/{groupId}` is `<stage>/PATCH/groups/{groupId}`, whatever the stage. */
const httpSource = (routeKey: string): string => `*/${routeKey.replace(' ', '')}`

/** An integration names its function by an ARN, or by a path of the Lambda service that holds one. */
const functionArn = (uri: string): string => /functions\/(arn:.+)\/invocations$/.exec(uri)?.[1] ?? uri

function jwtAuthorizer(properties: Properties): JwtAuthorizer {
  if (properties['AuthorizerType'] !== 'JWT')
    throw new Error(
      `The local run does not know authorizers of type ${String(properties['AuthorizerType'])} on an HTTP API.`,
    )
  const { Issuer, Audience } = properties['JwtConfiguration'] as { Issuer: string; Audience: string[] }
  return { type: 'JWT', issuer: Issuer, audience: Audience, identitySource: properties['IdentitySource'] as string[] }
}

function corsOf(properties: Properties): { cors?: Cors } {
  const cors = properties['CorsConfiguration'] as Record<string, unknown> | undefined
  if (cors === undefined) return {}
  const texts = (name: string): string[] => (cors[name] ?? []) as string[]
  return {
    cors: {
      allowOrigins: texts('AllowOrigins'),
      allowMethods: texts('AllowMethods'),
      allowHeaders: texts('AllowHeaders'),
      exposeHeaders: texts('ExposeHeaders'),
      allowCredentials: cors['AllowCredentials'] === true,
      ...(cors['MaxAge'] === undefined ? {} : { maxAgeSeconds: Number(cors['MaxAge']) }),
    },
  }
}
