import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { Aspects } from 'aws-cdk-lib'
import { CfnQueue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks, NagSuppressions } from 'cdk-nag'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundleFolder } from '../../infra/constructs/bundle.ts'
import { FUNCTION_NAMES } from '../../infra/constructs/functions.ts'
import { makeStack } from './synth.ts'

/** Rules of AwsSolutions that do not fit, each with the reason. A finding that is not here fails. */
const ACCEPTED = [
  {
    id: 'AwsSolutions-APIG1',
    reason:
      'Access logs of a WebSocket stage need a CloudWatch role of the whole account, which a stack should not set; the HTTP API has them.',
  },
  {
    id: 'AwsSolutions-APIG4',
    reason: 'A WebSocket API authorizes at $connect only; the other routes cannot have an authorizer.',
  },
  { id: 'AwsSolutions-COG2', reason: 'MFA is offered and not forced: whoever deploys decides.' },
  { id: 'AwsSolutions-COG8', reason: 'The plan of Cognito is a matter of cost: whoever deploys decides.' },
  { id: 'AwsSolutions-S1', reason: 'The bucket holds the console’s public files; CloudFront is the only reader.' },
  { id: 'AwsSolutions-CFR1', reason: 'A console is useful everywhere: no country is shut out.' },
  { id: 'AwsSolutions-CFR2', reason: 'Static files without input need no web application firewall.' },
  { id: 'AwsSolutions-CFR3', reason: 'Requests for static files tell nothing; the APIs behind them log.' },
  {
    id: 'AwsSolutions-CFR4',
    reason: 'The default CloudFront certificate fixes the TLS policy; an own domain would choose a newer one.',
  },
  { id: 'AwsSolutions-DDB3', reason: 'Connections are ephemeral and need no recovery; settings have it.' },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'A connection id is only known while it is open: /@connections/* of one stage and one method is the narrowest there is. The other wildcards are in the CDK’s own deployment of the console’s files, which runs only during a deployment.',
  },
  { id: 'AwsSolutions-IAM4', reason: 'Only the CDK’s own deployment of the console’s files uses a managed policy.' },
  {
    id: 'AwsSolutions-L1',
    reason: 'Only the CDK’s own deployment of the console’s files runs on another runtime, of its choice.',
  },
]

test('cdk-nag has nothing to say that was not decided', () => {
  const { app, stack } = makeStack()
  Aspects.of(app).add(new AwsSolutionsChecks())
  NagSuppressions.addStackSuppressions(stack, ACCEPTED)
  app.synth()
  const findings = [
    ...Annotations.fromStack(stack).findError('*', Match.stringLikeRegexp('AwsSolutions')),
    ...Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('AwsSolutions')),
  ]
  expect(findings.map(({ id, entry }) => `${id}: ${JSON.stringify(entry.data)}`)).toEqual([])
})

test('every accepted rule is one that finds something, so that none outlives its reason', () => {
  const { app, stack } = makeStack()
  Aspects.of(app).add(new AwsSolutionsChecks())
  app.synth()
  const found = new Set(
    [
      ...Annotations.fromStack(stack).findError('*', Match.stringLikeRegexp('AwsSolutions')),
      ...Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('AwsSolutions')),
    ].map(({ entry }) => /AwsSolutions-\w+/.exec(JSON.stringify(entry.data))?.[0]),
  )
  expect(ACCEPTED.map(({ id }) => id).filter(id => !found.has(id))).toEqual([])
})

test('the template passes CloudFormation’s own validation, whose findings are errors', () => {
  // `cdk.json` turns the validation's findings into errors: a synthesis that ends has none.
  const folder = mkdtempSync(join(tmpdir(), 'grantwire-synth-'))
  try {
    execFileSync('cdk', ['synth', '--quiet', '--output', folder], { stdio: 'pipe' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('that validation has teeth: a worker that outlives the visibility of its queue is an error', () => {
  const { app, stack } = makeStack()
  const queue = stack.node
    .findAll()
    .find((node): node is CfnQueue => node instanceof CfnQueue && node.redrivePolicy !== undefined)
  queue?.addPropertyOverride('VisibilityTimeout', 10)
  expect(() => app.synth()).toThrow(/E3505|[Vv]alidation/)
})

test.each(FUNCTION_NAMES)('the bundle of %s loads as a module with nothing around it', name => {
  const environment = {
    SETTINGS_TABLE: 'settings',
    CONNECTIONS_TABLE: 'connections',
    CONNECTIONS_URL: 'https://example.com/prod',
    FAN_OUT_QUEUE_URL: 'https://example.com/queue',
    ISSUER: 'https://example.com',
    AUDIENCE: 'audience',
    ALLOWED_ORIGINS: 'https://example.com',
    AWS_REGION: 'us-east-1',
  }
  const script = `import { createRequire } from 'node:module'
    const { handler } = createRequire(${JSON.stringify(bundleFolder(name) + '/')})('./index.js')
    if (typeof handler !== 'function') throw new Error('no handler')`
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env: environment, stdio: 'pipe' })
})
