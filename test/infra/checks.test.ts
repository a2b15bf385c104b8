import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { Aspects } from 'aws-cdk-lib'
import { CfnQueue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { beforeAll, expect, test } from 'vitest'
import { ACCEPTED } from './accepted.ts'
import { makeStack } from './synth.ts'

/** `AwsSolutions-IAM5[Resource::…] /Grantwire/…`: the rule, what it found, and where. */
let findings: string[]
beforeAll(() => {
  const { app, stack } = makeStack()
  Aspects.of(app).add(new AwsSolutionsChecks())
  app.synth()
  const annotations = Annotations.fromStack(stack)
  const rule = Match.stringLikeRegexp('AwsSolutions')
  findings = [...annotations.findError('*', rule), ...annotations.findWarning('*', rule)].map(
    ({ id, entry }) => `${JSON.stringify(entry.data).slice(1).split(': ')[0] ?? ''} ${id}`,
  )
})

test('cdk-nag finds nothing that was not decided', () => {
  expect(findings.filter(finding => !ACCEPTED.some(({ what }) => what.test(finding)))).toEqual([])
})

test('every accepted finding is there, so that no acceptance outlives its reason', () => {
  expect(ACCEPTED.filter(({ what }) => !findings.some(finding => what.test(finding)))).toEqual([])
})

test('the template passes CloudFormation’s own validation, whose findings are errors', () => {
  // `cdk.json` turns the validation's findings into errors: a synthesis that ends has none.
  expect(() => makeStack().app.synth()).not.toThrow()
})

test('that validation has teeth: a worker that outlives the visibility of its queue is an error', () => {
  const { app, stack } = makeStack()
  const queue = stack.node
    .findAll()
    .find((node): node is CfnQueue => node instanceof CfnQueue && node.redrivePolicy !== undefined)
  queue?.addPropertyOverride('VisibilityTimeout', 10)
  expect(() => app.synth()).toThrow(/E3505|[Vv]alidation/)
})
