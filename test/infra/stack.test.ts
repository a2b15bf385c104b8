import { Match, type Template } from 'aws-cdk-lib/assertions'
import { beforeAll, describe, expect, test } from 'vitest'
import { statementsByFunction, templateOf } from './synth.ts'

let template: Template
beforeAll(() => {
  template = templateOf()
})

test('every role has the statements that its Lambda needs, and no other', () => {
  expect(statementsByFunction(template)).toMatchInlineSnapshot(`
    {
      "authorize": [
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "connect": [
        "Allow dynamodb:PutItem dynamodb:BatchWriteItem on TablesConnections",
        "Allow dynamodb:Query on TablesSettings",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "disconnect": [
        "Allow dynamodb:BatchWriteItem on TablesConnections",
        "Allow dynamodb:Query on TablesSettings",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "events": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings",
        "Allow dynamodb:Query dynamodb:BatchWriteItem on TablesConnections",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
        "Allow sqs:SendMessage on FanOutTasks",
      ],
      "fan-out": [
        "Allow dynamodb:Query dynamodb:BatchWriteItem on TablesConnections",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchGetItem dynamodb:BatchWriteItem on TablesSettings",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
        "Allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on FanOutTasks",
        "Allow sqs:SendMessage on FanOutTasks",
      ],
      "groups": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesSettings",
        "Allow dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem on TablesConnections",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
        "Allow sqs:SendMessage on FanOutTasks",
      ],
      "history": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "members": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:DeleteItem on TablesSettings",
        "Allow dynamodb:Query dynamodb:UpdateItem on TablesConnections",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "presence": [
        "Allow dynamodb:GetItem dynamodb:Query on TablesSettings",
        "Allow dynamodb:Query on TablesConnections",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "read-settings": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:BatchGetItem dynamodb:DeleteItem on TablesSettings",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "reject": [
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "renew": [
        "Allow dynamodb:Query on TablesSettings",
        "Allow dynamodb:UpdateItem on TablesConnections",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "sign-out": [
        "Allow dynamodb:Query on TablesConnections",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "sync": [
        "Allow dynamodb:GetItem dynamodb:BatchGetItem dynamodb:UpdateItem on TablesConnections",
        "Allow dynamodb:Query dynamodb:BatchGetItem dynamodb:DeleteItem on TablesSettings",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
      ],
      "update-settings": [
        "Allow dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:UpdateItem on TablesSettings",
        "Allow dynamodb:Query dynamodb:BatchWriteItem on TablesConnections",
        "Allow execute-api:ManageConnections on DELETE/@connections/*",
        "Allow execute-api:ManageConnections on POST/@connections/*",
        "Allow logs:CreateLogStream logs:PutLogEvents on Logs",
        "Allow sqs:SendMessage on FanOutTasks",
      ],
    }
  `)
})

test('no statement allows everything of a service, or is about every resource', () => {
  for (const statements of Object.values(statementsByFunction(template)))
    for (const statement of statements) expect(statement).not.toMatch(/:\*|on "\*"/)
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

  test('may invoke each of its Lambdas', () => {
    for (const route of ['*$connect', '*$disconnect', '*$default', '*sync', '*renew'])
      template.hasResourceProperties('AWS::Lambda::Permission', {
        SourceArn: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(escape(route))])] }),
      })
  })
})

describe('the HTTP API', () => {
  const routes = [
    'GET /me',
    'GET /groups/{groupId}',
    'GET /users/{userId}',
    'PATCH /groups/{groupId}',
    'PATCH /users/{userId}',
    'POST /groups/{groupId}/revert',
    'GET /groups/{groupId}/history',
    'GET /groups/{groupId}/members',
    'PUT /groups/{groupId}/members/{userId}',
    'DELETE /groups/{groupId}/members/{userId}',
    'PUT /groups/{groupId}',
    'DELETE /groups/{groupId}',
    'GET /groups/{groupId}/presence',
    'POST /groups/{groupId}/events',
    'POST /users/{userId}/events',
    'DELETE /users/{userId}/connections',
  ]

  test.each(routes)('%s asks for a token', RouteKey => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey, AuthorizationType: 'JWT' })
  })

  test('has no other route', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route'))
      .map(route => (route['Properties'] as { RouteKey: string }).RouteKey)
      .filter(key => key.includes(' '))
    expect(keys.sort()).toEqual([...routes].sort())
  })

  test('lets the console’s origin call, with PATCH and the headers that clients send and read', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'HTTP',
      CorsConfiguration: {
        AllowMethods: Match.arrayWith(['GET', 'PATCH', 'POST', 'PUT', 'DELETE']),
        AllowHeaders: Match.arrayWith(['authorization', 'content-type', 'if-match', 'if-none-match']),
        ExposeHeaders: Match.arrayWith(['etag']),
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

describe('the console', () => {
  test('lies in a private bucket that takes TLS only', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    })
  })

  test('has strict headers and no inline script', () => {
    const [policy] = Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy'))
    const text = JSON.stringify(policy)
    expect(text).toContain("default-src 'none'")
    expect(text).not.toContain('unsafe-inline')
    expect(text).toContain('StrictTransportSecurity')
    expect(text).toContain('ContentTypeOptions')
  })

  test('answers every path with its one page', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        CustomErrorResponses: Match.arrayWith([
          Match.objectLike({ ErrorCode: 403, ResponseCode: 200, ResponsePagePath: '/index.html' }),
        ]),
        DefaultCacheBehavior: Match.objectLike({ ViewerProtocolPolicy: 'redirect-to-https' }),
      }),
    })
  })

  test('has its page and config.json asked for anew each time, its assets never again', () => {
    template.hasResourceProperties('Custom::CDKBucketDeployment', {
      SystemMetadata: { 'cache-control': 'no-cache' },
      Exclude: ['assets/*'],
    })
    template.hasResourceProperties('Custom::CDKBucketDeployment', {
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
      Exclude: ['index.html'],
    })
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

  test('is the given issuer where there is one, and no user pool', () => {
    const own = templateOf({ issuer: 'https://id.example.com', audience: 'api,console' })
    own.resourceCountIs('AWS::Cognito::UserPool', 0)
    own.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://id.example.com', Audience: ['api', 'console'] },
    })
    own.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Grantwire: authorize',
      Environment: { Variables: Match.objectLike({ ISSUER: 'https://id.example.com', AUDIENCE: 'api,console' }) },
    })
  })

  test.each([
    [{ issuer: 'http://id.example.com', audience: 'a' }, /https/],
    [{ issuer: 'https://id.example.com' }, /audience/],
    [{ audience: 'a' }, /issuer/],
    [{ origins: 'app.example.com' }, /origin/],
    [{ retentionDays: 'forever' }, /retentionDays/],
  ])('%j is refused with the reason', (own, reason) => {
    expect(() => templateOf(own)).toThrow(reason)
  })
})

test('an application’s own origin may use both APIs', () => {
  const own = templateOf({ origins: 'https://app.example.com' })
  own.hasResourceProperties('AWS::ApiGatewayV2::Api', {
    CorsConfiguration: Match.objectLike({ AllowOrigins: Match.arrayWith(['https://app.example.com']) }),
  })
})

test('the outputs name the three addresses', () => {
  for (const name of ['HttpUrl', 'WebSocketUrl', 'ConsoleUrl']) template.hasOutput(name, {})
})

const escape = (text: string): string => text.replace(/[$*]/g, '\\$&')
