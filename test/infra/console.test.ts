import type { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { configOf, makeStack } from './synth.ts'
import { inWords } from './words.ts'

let app: App
let template: Template
beforeAll(() => {
  const made = makeStack()
  app = made.app
  template = Template.fromStack(made.stack)
})

/** The properties of the only resource of a type. */
function only(type: string): Record<string, unknown> {
  const found = Object.values(template.findResources(type))
  expect(found).toHaveLength(1)
  return found[0]?.['Properties'] as Record<string, unknown>
}

describe('the console’s bucket', () => {
  test('is private, encrypted, no website, and takes TLS only', () => {
    const bucket = only('AWS::S3::Bucket')
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    })
    expect(bucket).not.toHaveProperty('WebsiteConfiguration')
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      }),
    })
  })

  test('is read by its own distribution, which signs, and by nobody else', () => {
    const { PolicyDocument } = only('AWS::S3::BucketPolicy') as {
      PolicyDocument: { Statement: { Effect: string; Action: unknown; Principal: unknown; Condition?: unknown }[] }
    }
    const readers = PolicyDocument.Statement.filter(
      ({ Effect, Action }) => Effect === 'Allow' && JSON.stringify(Action).includes('Get'),
    ).filter(({ Principal }) => !JSON.stringify(Principal).includes('CustomS3AutoDeleteObjects'))
    expect(readers).toHaveLength(1)
    expect(readers[0]).toMatchObject({
      Action: 's3:GetObject',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceArn': expect.anything() as unknown } },
    })
    expect(JSON.stringify(readers[0]?.Condition)).toMatch(/ConsoleDistribution/)
    expect(only('AWS::CloudFront::OriginAccessControl')).toMatchObject({
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    })
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        Origins: [Match.objectLike({ OriginAccessControlId: { 'Fn::GetAtt': [Match.anyValue(), 'Id'] } })],
      }),
    })
  })

  test('is emptied when the stack is deleted, since a bucket that holds files cannot be', () => {
    template.hasResourceProperties('Custom::S3AutoDeleteObjects', {
      BucketName: { Ref: Match.stringLikeRegexp('^ConsolePages') },
    })
  })
})

describe('the console’s pages', () => {
  test('are served over TLS only, compressed, for reading', () => {
    expect(only('AWS::CloudFront::Distribution')).toMatchObject({
      DistributionConfig: {
        DefaultCacheBehavior: {
          ViewerProtocolPolicy: 'redirect-to-https',
          AllowedMethods: ['GET', 'HEAD'],
          Compress: true,
          ResponseHeadersPolicyId: { Ref: expect.stringMatching(/^ConsoleHeaders/) as unknown },
        },
      },
    })
  })

  test('come with strict headers, whatever the bucket says', () => {
    const { ResponseHeadersPolicyConfig } = only('AWS::CloudFront::ResponseHeadersPolicy') as {
      ResponseHeadersPolicyConfig: { SecurityHeadersConfig: Record<string, unknown> }
    }
    const { ContentSecurityPolicy, ...others } = ResponseHeadersPolicyConfig.SecurityHeadersConfig
    expect(others).toEqual({
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'SAMEORIGIN', Override: true },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: true, Override: true },
    })
    const { ContentSecurityPolicy: policy } = ContentSecurityPolicy as { ContentSecurityPolicy: unknown }
    expect(inWords(policy).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "manifest-src 'self'",
      expect.stringMatching(
        /^connect-src 'self' https:\/\/\*\.execute-api\.\S+ wss:\/\/\*\.execute-api\.\S+ https:\/\/cognito-idp\.\S+ https:\/\/\*\.auth\.\S+\.amazoncognito\.com$/,
      ),
      "frame-src 'self'",
      "frame-ancestors 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "object-src 'none'",
    ])
  })

  test('have no script or style of their own that these headers would stop', () => {
    const page = readFileSync(resolve('web/console/index.html'), 'utf8')
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/)
    for (const [script] of page.matchAll(/<script[^]*?<\/script>/g)) expect(script).toMatch(/ src="[^"]+"><\/script>/)
  })

  test('are one page for every path, also right after a deployment', () => {
    const fallback = { ResponseCode: 200, ResponsePagePath: '/index.html', ErrorCachingMinTTL: 0 }
    expect(only('AWS::CloudFront::Distribution')).toMatchObject({
      DistributionConfig: {
        DefaultRootObject: 'index.html',
        CustomErrorResponses: [
          { ErrorCode: 403, ...fallback },
          { ErrorCode: 404, ...fallback },
        ],
      },
    })
  })

  test('and config.json are asked for anew each time; what has a hash in its name, never again', () => {
    const deployments = Object.values(template.findResources('Custom::CDKBucketDeployment')).map(
      ({ Properties }) =>
        Properties as {
          SourceObjectKeys: unknown[]
          Exclude: string[]
          SystemMetadata: object
          DistributionPaths?: string[]
        },
    )
    const asked = deployments.map(({ SourceObjectKeys, Exclude, SystemMetadata, DistributionPaths }) => ({
      sources: SourceObjectKeys.length,
      Exclude,
      SystemMetadata,
      DistributionPaths,
    }))
    expect(asked).toEqual([
      {
        sources: 1,
        Exclude: ['index.html'],
        SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
        DistributionPaths: undefined,
      },
      {
        // The second source is config.json, which no other deployment has.
        sources: 2,
        Exclude: ['assets/*'],
        SystemMetadata: { 'cache-control': 'no-cache' },
        DistributionPaths: ['/index.html', '/config.json'],
      },
    ])
  })

  test('are told where to call by config.json beside them', () => {
    // Its values are known at the deployment only, so it is not JSON yet.
    expect([...configOf(app).matchAll(/"(\w+)":/g)].map(([, key]) => key)).toEqual([
      'httpUrl',
      'webSocketUrl',
      'issuer',
      'clientId',
      'scope',
    ])
  })

  test('have names of their own in each Region, where CloudFront has one list for all', () => {
    const region = { 'Fn::Join': ['', Match.arrayWith([{ Ref: 'AWS::Region' }])] }
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: Match.objectLike({ Name: region }),
    })
    template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: Match.objectLike({ Name: region }),
    })
  })
})

describe('the console’s sign-in', () => {
  test('comes back to the pages, and from signing out to their root, to the letter', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'profile'],
      CallbackURLs: [{ 'Fn::Join': ['', ['https://', Match.anyValue(), '/callback']] }],
      LogoutURLs: [{ 'Fn::Join': ['', ['https://', Match.anyValue(), '/']] }],
    })
  })
})
