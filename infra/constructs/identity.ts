import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  UserPoolClientIdentityProvider,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { DEFAULT_SCOPE, type StackSettings } from '../settings.ts'

export interface IdentityProps {
  own: StackSettings['ownIssuer']
  /** Where the console is, without a slash at the end. */
  consoleUrl: string
  stackName: string
}

/** The origins that the console calls for sign-in. */
export const signInOrigins = ({ ownIssuer }: StackSettings): string[] =>
  ownIssuer === undefined
    ? [`https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}`, `https://*.auth.${Aws.REGION}.amazoncognito.com`]
    : [new URL(ownIssuer.issuer).origin]

/** Who signs people in: the OpenID issuer that was given, or a Cognito user pool. */
export class Identity extends Construct {
  readonly issuer: string
  /** Accepted values of `aud`, or of `client_id`. */
  readonly audience: string[]
  readonly consoleClientId: string
  /** Scopes that the console asks for. */
  readonly consoleScope: string
  /** For programs that make groups: a client with the scope `grantwire/admin`. */
  readonly serviceClient: UserPoolClient | undefined

  constructor(scope: Construct, id: string, { own, consoleUrl, stackName }: IdentityProps) {
    super(scope, id)
    this.consoleScope = own?.consoleScope ?? DEFAULT_SCOPE
    if (own !== undefined) {
      this.issuer = own.issuer
      this.audience = own.audience
      this.consoleClientId = own.consoleClientId
      return
    }
    const pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      removalPolicy: RemovalPolicy.RETAIN,
      deletionProtection: true,
    })
    const adminScope = new ResourceServerScope({
      scopeName: 'admin',
      scopeDescription: 'Make groups, set any settings',
    })
    const server = pool.addResourceServer('Api', { identifier: 'grantwire', scopes: [adminScope] })
    // The prefix is one of all AWS customers': the account makes it unique.
    pool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix: `${stackName.toLowerCase()}-${Aws.ACCOUNT_ID}` },
    })
    const lifetimes = { accessTokenValidity: Duration.hours(1), refreshTokenValidity: Duration.days(7) }
    const console = pool.addClient('Console', {
      ...lifetimes,
      generateSecret: false,
      preventUserExistenceErrors: true,
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.PROFILE],
        callbackUrls: [`${consoleUrl}/callback`],
        logoutUrls: [`${consoleUrl}/`],
      },
    })
    this.serviceClient = pool.addClient('Service', {
      ...lifetimes,
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: [OAuthScope.resourceServer(server, adminScope)] },
    })
    this.issuer = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${pool.userPoolId}`
    this.audience = [console.userPoolClientId, this.serviceClient.userPoolClientId]
    this.consoleClientId = console.userPoolClientId
  }
}
