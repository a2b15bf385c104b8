import { Match, Template } from 'aws-cdk-lib/assertions'
import { beforeAll, describe, expect, test } from 'vitest'
import { ourFunctions } from './rights.ts'
import { routesOf, SOURCE } from './routes.ts'
import { configOf, makeStack, templateOf } from './synth.ts'
import { inWords } from './words.ts'

let template: Template
beforeAll(() => {
  template = templateOf()
})

describe('the tables', () => {
  test('of settings is kept: recovery to a point in time, retained, protected against deletion', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    })
  })

  test('of connections goes with the stack, and forgets by itself', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: Match.objectLike({ TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } }),
    })
  })
})

describe('the WebSocket API', () => {
  test('is routed by the event of a message', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.event',
    })
  })

  test('asks the authorizer before a connection, by the subprotocol that carries the token', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'REQUEST',
      IdentitySource: ['route.request.header.Sec-WebSocket-Protocol'],
    })
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$connect', AuthorizationType: 'CUSTOM' })
  })

  test.each(['sync', 'renew', '$default'])('answers %s over the connection', routeKey => {
    const routes = template.findResources('AWS::ApiGatewayV2::Route', { Properties: { RouteKey: routeKey } })
    const [id] = Object.keys(routes)
    template.hasResourceProperties('AWS::ApiGatewayV2::RouteResponse', {
      RouteResponseKey: '$default',
      RouteId: { Ref: id },
    })
  })

  test.each([
    ['$connect', 'connect'],
    ['$disconnect', 'disconnect'],
    ['$default', 'reject'],
    ['sync', 'sync'],
    ['renew', 'renew'],
  ])('takes %s to %s, which it may invoke for that', (routeKey, name) => {
    const route = routesOf(template).find(({ key }) => key === routeKey)
    expect(route?.lambda).toBe(name)
    expect(route?.invokedBy).toContain(`${SOURCE}:\${WebSocketApi}/*${routeKey}`)
  })
})

describe('the HTTP API', () => {
  const routes = [
    ['GET /me', 'read-settings'],
    ['GET /groups/{groupId}', 'read-settings'],
    ['GET /users/{userId}', 'read-settings'],
    ['PATCH /groups/{groupId}', 'update-settings'],
    ['PATCH /users/{userId}', 'update-settings'],
    ['POST /groups/{groupId}/revert', 'update-settings'],
    ['GET /groups/{groupId}/history', 'history'],
    ['GET /groups/{groupId}/members', 'members'],
    ['PUT /groups/{groupId}/members/{userId}', 'members'],
    ['DELETE /groups/{groupId}/members/{userId}', 'members'],
    ['PUT /groups/{groupId}', 'groups'],
    ['DELETE /groups/{groupId}', 'groups'],
    ['GET /groups/{groupId}/presence', 'presence'],
    ['POST /groups/{groupId}/events', 'events'],
    ['POST /users/{userId}/events', 'events'],
    ['DELETE /users/{userId}/connections', 'sign-out'],
  ] as const

  test.each(routes)('takes %s with a token to %s, which it may invoke for that', (key, name) => {
    const route = routesOf(template).find(each => each.key === key)
    expect(route?.authorizer).toBe('JWT')
    expect(route?.lambda).toBe(name)
    expect(route?.invokedBy).toContain(`${SOURCE}:\${HttpApi}/*/*${key.slice(key.indexOf('/'))}`)
  })

  test('has no other route', () => {
    const keys = routesOf(template).map(({ key }) => key)
    expect(keys.filter(key => key.includes(' ')).sort()).toEqual(routes.map(([key]) => key).sort())
  })

  test('lets the console’s origin call, with PATCH and the headers that clients send and read', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'HTTP',
      CorsConfiguration: {
        AllowMethods: ['GET', 'PATCH', 'POST', 'PUT', 'DELETE'],
        AllowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'grantwire-exclude-connection'],
        ExposeHeaders: ['etag', 'location', 'retry-after'],
        AllowOrigins: [
          { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [Match.stringLikeRegexp('Distribution'), 'DomainName'] }]] },
        ],
      },
    })
  })
})

test.each(['prod', '$default'])('the stage %s has an explicit throttle', StageName => {
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    StageName,
    DefaultRouteSettings: { ThrottlingRateLimit: Match.anyValue(), ThrottlingBurstLimit: Match.anyValue() },
  })
})

describe('the fan-out', () => {
  test('reports failed tasks one by one, with a bound on its workers', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: Match.anyValue() },
    })
  })

  test('hands a task out again only after six times the worker’s timeout, and puts it aside after five tries', () => {
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Grantwire: fan-out', Timeout: 60 })
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 360,
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }),
    })
  })

  test('rings when a task was put aside', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    })
  })

  test('a re-check is seen after the update Lambda has ended', () => {
    // The delay is 15 s: functions/gateway/fan-out-queue.ts.
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Grantwire: update-settings', Timeout: 10 })
  })
})

describe('sign-in', () => {
  test('is a Cognito user pool with a client for the console and a scope for services', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
      Identifier: 'grantwire',
      Scopes: [Match.objectLike({ ScopeName: 'admin' })],
    })
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      GenerateSecret: false,
    })
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['client_credentials'],
      GenerateSecret: true,
    })
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    })
  })

  test.each([
    [{ issuer: 'http://id.example.com', audience: 'a' }, /https/],
    [{ issuer: 'https://id.example.com' }, /audience/],
    [{ audience: 'a' }, /issuer/],
    [{ issuer: 'https://id.example.com', audience: 'a', consoleScope: 'profile' }, /openid/],
    [{ origins: 'app.example.com' }, /origin/],
    [{ retentionDays: 'forever' }, /retentionDays/],
  ])('%j is refused with the reason', (own, reason) => {
    expect(() => templateOf(own)).toThrow(reason)
  })
})

describe('with an issuer and an application of one’s own', () => {
  let own: Template
  let config: string
  beforeAll(() => {
    const made = makeStack({
      issuer: 'https://id.example.com/tenant',
      audience: 'api,console',
      consoleClientId: 'console',
      consoleScope: 'openid profile offline_access',
      origins: 'https://app.example.com',
    })
    own = Template.fromStack(made.stack)
    config = configOf(made.app)
  })

  test('tokens of that issuer are taken by both APIs, and there is no user pool', () => {
    own.resourceCountIs('AWS::Cognito::UserPool', 0)
    own.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://id.example.com/tenant', Audience: ['api', 'console'] },
    })
    for (const name of ['authorize', 'renew'])
      own.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Grantwire: ${name}`,
        Environment: {
          Variables: Match.objectLike({ ISSUER: 'https://id.example.com/tenant', AUDIENCE: 'api,console' }),
        },
      })
  })

  test('the console is told its client there, and the scopes to ask for', () => {
    expect(config).toContain('"issuer":"https://id.example.com/tenant","clientId":"console"')
    expect(config).toContain('"scope":"openid profile offline_access"')
  })

  test('the console may call that issuer', () => {
    const [policy] = Object.values(own.findResources('AWS::CloudFront::ResponseHeadersPolicy'))
    expect(JSON.stringify(policy)).toMatch(/connect-src [^;]* https:\/\/id\.example\.com;/)
  })

  test('the application’s origin may call the HTTP API and open a WebSocket, beside the console’s', () => {
    const origins = [
      { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [Match.stringLikeRegexp('Distribution'), 'DomainName'] }]] },
      'https://app.example.com',
    ]
    own.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: Match.objectLike({ AllowOrigins: origins }),
    })
    const { Environment } = ourFunctions(own).get('authorize') as {
      Environment: { Variables: Record<string, unknown> }
    }
    expect(inWords(Environment.Variables['ALLOWED_ORIGINS'])).toMatch(
      /^https:\/\/ConsoleDistribution\.DomainName,https:\/\/app\.example\.com$/,
    )
  })
})

test.each(['HttpUrl', 'WebSocketUrl', 'ConsoleUrl', 'Issuer', 'ConsoleClientId', 'ServiceClientId'])(
  'the output %s is there',
  name => {
    template.hasOutput(name, {})
  },
)

test('an alarm over several metrics counts one without data as 0: it would never ring otherwise', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: Match.arrayWith([Match.objectLike({ Expression: 'FILL(failed0, 0)+FILL(failed1, 0)' })]),
  })
})
