import type { LambdaFunction } from '../lambda/function.ts'

/** What the template says of the two APIs, with every reference resolved: all that the emulated gateway knows. */

export interface Throttle {
  /** Requests a second. */
  rateLimit: number
  burstLimit: number
}

export interface JwtAuthorizer {
  type: 'JWT'
  /** The address that keys are fetched from (OpenID discovery) and that `iss` must equal. */
  issuer: string
  /** Accepted values of `aud`, or of `client_id` where a token has no `aud`. */
  audience: string[]
  /** Such as `$request.header.Authorization`. */
  identitySource: string[]
}

export interface HttpRoute {
  /** Such as `PATCH /groups/{groupId}`. */
  routeKey: string
  target: LambdaFunction
  /** The integration's timeout in ms: 30,000 where the template names none. */
  timeoutMs: number
  authorizer?: JwtAuthorizer
  /** Scopes of which a token must have one. */
  scopes: string[]
}

export interface Cors {
  allowOrigins: string[]
  allowMethods: string[]
  allowHeaders: string[]
  exposeHeaders: string[]
  maxAgeSeconds?: number
  allowCredentials: boolean
}

export interface HttpApi {
  apiId: string
  accountId: string
  region: string
  /** `$default` has no prefix in the path. */
  stage: string
  throttle?: Throttle
  cors?: Cors
  routes: HttpRoute[]
}

export interface RequestAuthorizer {
  type: 'REQUEST'
  target: LambdaFunction
  /** Such as `route.request.header.Sec-WebSocket-Protocol`: all must be present, or 401 without an invocation. */
  identitySource: string[]
}

export interface WebSocketRoute {
  /** `$connect`, `$disconnect`, `$default`, or the value that the route selection expression yields. */
  routeKey: string
  target: LambdaFunction
  /** 29,000 ms where the template names none. */
  timeoutMs: number
  authorizer?: RequestAuthorizer
  /** Whether the route has a `$default` route response, so that the Lambda's body goes back to the client. */
  routeResponse: boolean
}

export interface WebSocketApi {
  apiId: string
  accountId: string
  region: string
  stage: string
  /** Such as `$request.body.event`. */
  routeSelectionExpression: string
  throttle?: Throttle
  routes: WebSocketRoute[]
}
