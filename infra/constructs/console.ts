import { Aws, Duration, Names, RemovalPolicy } from 'aws-cdk-lib'
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment'
import { Construct } from 'constructs'

/**
 * What the pages may load and call. The two APIs and the sign-in are named by their hosts' pattern: their own names depend on
 * this distribution (CORS, callback), and a template cannot hold a circle.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  [
    "connect-src 'self'",
    `https://*.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`,
    `wss://*.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`,
  ].join(' '),
  "frame-src 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
]

/** Where the console's pages lie: a private bucket behind CloudFront. */
export class ConsoleHosting extends Construct {
  readonly bucket: Bucket
  readonly distribution: Distribution

  constructor(scope: Construct, id: string, { signInOrigins }: { signInOrigins: string[] }) {
    super(scope, id)
    const name = `${Names.uniqueResourceName(this, { maxLength: 48 })}-${Aws.REGION}`
    this.bucket = new Bucket(this, 'Pages', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      // CloudFormation deletes no bucket that holds something: without this, deleting the stack fails.
      autoDeleteObjects: true,
    })
    const headers = new ResponseHeadersPolicy(this, 'Headers', {
      // CloudFront is global: the name that the CDK makes would be the same for this stack in another Region.
      responseHeadersPolicyName: name,
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy
            .map(part => (part.startsWith('connect-src') ? [part, ...signInOrigins].join(' ') : part))
            .join('; '),
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.SAMEORIGIN, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    })
    const accessControl = new S3OriginAccessControl(this, 'Access', { originAccessControlName: name })
    // Without the right to list, S3 answers 403 for a file that is not there: both mean a path of the single-page console.
    const page = { responseHttpStatus: 200, responsePagePath: '/index.html', ttl: Duration.seconds(0) }
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Grantwire console',
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket, { originAccessControl: accessControl }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        compress: true,
      },
      errorResponses: [
        { httpStatus: 403, ...page },
        { httpStatus: 404, ...page },
      ],
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
    })
  }

  /** `https://…`, without a slash at the end. */
  get url(): string {
    return `https://${this.distribution.distributionDomainName}`
  }
}

export interface ConsolePagesProps {
  hosting: ConsoleHosting
  /** The folder that the build gave. */
  assets: string
  /** What `config.json` beside the page says. */
  config: Record<string, string>
}

/** The pages themselves: what the build gave, and the addresses of this deployment. */
export class ConsolePages extends Construct {
  constructor(scope: Construct, id: string, { hosting, assets, config }: ConsolePagesProps) {
    super(scope, id)
    const { bucket: destinationBucket, distribution } = hosting
    const common = { destinationBucket, prune: false, memoryLimit: 256 }
    // The names of these files hold a hash of what is in them.
    const hashed = new BucketDeployment(this, 'Assets', {
      ...common,
      sources: [Source.asset(assets)],
      exclude: ['index.html'],
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
    })
    const pages = new BucketDeployment(this, 'Pages', {
      ...common,
      sources: [Source.asset(assets), Source.jsonData('config.json', config)],
      exclude: ['assets/*'],
      cacheControl: [CacheControl.noCache()],
      distribution,
      distributionPaths: ['/index.html', '/config.json'],
    })
    // A page must not name a script that is not there yet.
    pages.node.addDependency(hashed)
  }
}
