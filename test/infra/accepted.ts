const DISTRIBUTION = '/Grantwire/Console/Distribution/Resource$'
const DEPLOYMENT = '/Grantwire/Custom::CDKBucketDeployment\\w+'

const at = (rule: string, path: string): RegExp => new RegExp(`^AwsSolutions-${rule} ${path}`)

/**
 * Findings of cdk-nag's AwsSolutions that do not fit, each with the reason and as narrow as it can be said: `what` matches
 * the rule, what it found and the path of the resource. A finding that is not here fails.
 */
export const ACCEPTED: readonly { what: RegExp; reason: string }[] = [
  {
    what: at('APIG1', '/Grantwire/WebSocket/Stage/Resource$'),
    reason:
      'Access logs of a WebSocket stage need a CloudWatch role of the whole account, which a stack should not set; the HTTP API has them.',
  },
  {
    what: at('APIG4', '/Grantwire/WebSocket/Api/(\\$disconnect|\\$default|sync|renew)-Route/Resource$'),
    reason: 'A WebSocket API authorizes at $connect only; the other routes cannot have an authorizer.',
  },
  {
    what: at('COG2', '/Grantwire/Identity/Users/Resource$'),
    reason: 'MFA is offered and not forced: whoever deploys decides.',
  },
  {
    what: at('COG8', '/Grantwire/Identity/Users/Resource$'),
    reason: 'The plan of Cognito is a matter of cost: whoever deploys decides.',
  },
  {
    what: at('S1', '/Grantwire/Console/Pages/Resource$'),
    reason: 'The bucket holds the console’s public files; CloudFront is the only reader.',
  },
  { what: at('CFR1', DISTRIBUTION), reason: 'A console is useful everywhere: no country is shut out.' },
  { what: at('CFR2', DISTRIBUTION), reason: 'Static files without input need no web application firewall.' },
  { what: at('CFR3', DISTRIBUTION), reason: 'Requests for static files tell nothing; the HTTP API behind them logs.' },
  {
    what: at('CFR4', DISTRIBUTION),
    reason: 'The default CloudFront certificate fixes the TLS policy; an own domain would choose a newer one.',
  },
  {
    what: at('DDB3', '/Grantwire/Tables/Connections/Resource$'),
    reason: 'Connections are ephemeral and need no recovery; settings have it.',
  },
  {
    what: at(
      'IAM5\\[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<WebSocketApi\\w+>/prod/(POST|DELETE)/@connections/\\*\\]',
      '/Grantwire/Functions/\\w+/Role/DefaultPolicy/Resource$',
    ),
    reason:
      'The id of a connection is only known while it is open: those of one stage and one method is the narrowest there is.',
  },
  {
    what: at('IAM5\\[.+\\]', `${DEPLOYMENT}/ServiceRole/DefaultPolicy/Resource$`),
    reason: 'The CDK’s own deployment of the console’s files, which runs only during a deployment.',
  },
  {
    what: at('IAM4\\[.+AWSLambdaBasicExecutionRole\\]', `${DEPLOYMENT}/ServiceRole/Resource$`),
    reason: 'The CDK’s own deployment of the console’s files: its role is not ours to write.',
  },
  {
    what: at('L1', `${DEPLOYMENT}/Resource$`),
    reason: 'The CDK’s own deployment of the console’s files runs on a runtime of its choice.',
  },
]
