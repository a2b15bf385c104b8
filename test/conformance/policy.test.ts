import fc from 'fast-check'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { evaluate } from '../../local/iam/policy.ts'
import type { Statement } from '../../local/template/stack-template.ts'
import { gateWith, ROLE_ARN, roleWith, smallTemplate } from '../support/template.ts'
import { Gate } from '../../local/iam/gate.ts'
import { Principals } from '../../local/iam/principals.ts'
import { aws } from './source.ts'

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/'
const LOGIC = `${IAM}reference_policies_evaluation-logic.html`
const WILDCARDS = `${IAM}reference_policies_elements_resource.html`
const CONDITIONS = `${IAM}reference_policies_elements_condition.html`

const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/Settings'
const allow = (Action: string | string[], Resource: string | string[] = TABLE): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
})
const decide = (statements: Statement[], action = 'dynamodb:Query', resource = TABLE) =>
  evaluate(statements, { action, resource, roleArn: ROLE_ARN })

/** Bytes of the heap that are left after a collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

test.each<[string, Statement[], string]>([
  ['nothing is allowed without a statement', [], 'not allowed'],
  ['a statement allows what it names', [allow(['dynamodb:GetItem', 'dynamodb:Query'])], 'allowed'],
  ['and nothing else', [allow('dynamodb:GetItem')], 'not allowed'],
  ['on what it names', [allow('dynamodb:Query', 'arn:aws:dynamodb:us-east-1:123456789012:table/Other')], 'not allowed'],
  ['the case of an action does not matter', [allow('DYNAMODB:query')], 'allowed'],
  ['* stands for any text', [allow('dynamodb:*')], 'allowed'],
  ['? stands for one character', [allow('dynamodb:Quer?')], 'allowed'],
  ['but not for none', [allow('dynamodb:Query?')], 'not allowed'],
  ['a deny wins over an allow', [{ ...allow('dynamodb:Query'), Effect: 'Deny' }, allow('*', '*')], 'denied'],
  ['a deny of something else does not', [{ ...allow('dynamodb:Scan'), Effect: 'Deny' }, allow('*', '*')], 'allowed'],
  ['NotAction is all but these', [{ Effect: 'Allow', NotAction: 'dynamodb:Scan', Resource: '*' }], 'allowed'],
  ['NotResource is all but this', [{ Effect: 'Allow', Action: '*', NotResource: TABLE }], 'not allowed'],
])(aws('13 %s', LOGIC), (_, statements, expected) => {
  expect(decide(statements)).toBe(expected)
})

test.each([
  ['arn:aws:dynamodb:us-east-1:123456789012:table/*', true],
  ['arn:aws:dynamodb:*:*:table/Set?ings', true],
  ['*', true],
  ['arn:aws:dynamodb:us-east-1:123456789012:table/Set', false],
  ['arn:aws:dynamodb:us-east-1:123456789012:TABLE/Settings', false],
  ['arn:aws:dynamodb:us-east-1*:table/Settings:x', false],
  ['arn:aws:dynamodb:us-east-1:1*:x:table/Settings', false],
])(aws('13 the resource %s covers a table: %s', WILDCARDS), (pattern, covered) => {
  expect(decide([allow('dynamodb:Query', pattern)])).toBe(covered ? 'allowed' : 'not allowed')
})

test.each<[string, Statement]>([
  ['an unknown condition operator', { ...allow('*'), Condition: { StringLike: { 'aws:SourceIp': '1' } } }],
  ['an unknown condition key', { ...allow('*'), Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }],
  ['a principal in an identity policy', { ...allow('*'), Principal: '*' }],
  ['an unknown element', { ...allow('*'), Conditions: {} }],
  ['a policy variable', allow('*', 'arn:aws:s3:::bucket/${aws:username}')],
  ['an action without a service', allow('Query')],
  ['a resource that is no ARN', allow('*', 'table/Settings')],
  ['no action', { Effect: 'Allow', Resource: '*' }],
  ['no resource', { Effect: 'Allow', Action: '*' }],
  ['an empty list', allow([])],
])(aws('13 a statement with %s is an error, and no allow', CONDITIONS), (_, statement) => {
  expect(() => decide([allow('*', '*'), statement])).toThrow('does not understand')
})

test(aws('13 nothing is ever allowed that no statement covers, whatever else is there', LOGIC), () => {
  const word = fc.constantFrom('dynamodb:Query', 'dynamodb:*', 'dynamodb:Get*', 'sqs:*', '*')
  const arn = fc.constantFrom(TABLE, `${TABLE}/index/*`, 'arn:aws:dynamodb:*:*:table/Other', '*')
  const statement = fc.record({
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    Action: word,
    Resource: arn,
  })
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), statements => {
      const alone = statements.map(one => ({ ...one, decision: decide([{ ...one, Effect: 'Allow' }]) }))
      const covering = alone.filter(({ decision }) => decision === 'allowed').map(({ Effect }) => Effect)
      const expected = covering.includes('Deny') ? 'denied' : covering.includes('Allow') ? 'allowed' : 'not allowed'
      expect(decide(statements)).toBe(expected)
    }),
  )
})

const queue = 'arn:aws:sqs:us-east-1:123456789012:Small-Queue'
const queueWith = (...Statement: object[]) => ({
  Queue: { Type: 'AWS::SQS::Queue' },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement } },
  },
})
const onQueue = { Principal: { AWS: '*' }, Action: 'sqs:*', Resource: queue }
const sending = { action: 'sqs:SendMessage', resource: queue, roleArn: ROLE_ARN }

test(aws('13 the policy of a queue can deny what a role may, and allow what no role says', LOGIC), () => {
  const may = [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }]
  expect(gateWith(may, queueWith({ Effect: 'Deny', ...onQueue })).gate.decide(sending)).toBe('denied')
  const owner = { Effect: 'Allow', ...onQueue, Principal: { AWS: ROLE_ARN } }
  expect(gateWith([...may.map(one => ({ ...one, Action: 'sqs:x' }))], queueWith(owner)).gate.decide(sending)).toBe(
    'allowed',
  )
})

test(aws('13 a deny of calls without TLS does not concern a Lambda, whose calls all have it', CONDITIONS), () => {
  const overTls = { Effect: 'Deny', ...onQueue, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
  const may = [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }]
  expect(gateWith(may, queueWith(overTls)).gate.decide(sending)).toBe('allowed')
})

test.each<[string, Parameters<typeof roleWith>, RegExp]>([
  ['does not trust Lambda', [[allow('*')], []], /does not trust lambda\.amazonaws\.com/],
  ['has a condition that is not understood', [[{ ...allow('*'), Condition: { Null: {} } }]], /condition Null/],
])(aws('13 a role that %s stops the run before it begins', LOGIC), (_, role, message) => {
  const gate = new Gate(smallTemplate(roleWith(...role)), new Principals())
  expect(() => gate.admit(ROLE_ARN)).toThrow(message)
})

test(aws('13 managed policies, which are not in the template, are not taken for nothing', LOGIC), () => {
  const { Role, Policy } = roleWith([allow('*')])
  const managed = { ...Role!, Properties: { ...Role!.Properties, ManagedPolicyArns: ['arn:aws:iam::aws:policy/X'] } }
  const gate = new Gate(smallTemplate({ Role: managed, Policy: Policy! }), new Principals())
  expect(() => gate.admit(ROLE_ARN)).toThrow('policies that are not in the template')
})

test(aws('13 a decision is made anew for each connection, and nothing of it is kept', LOGIC), () => {
  const connections = 'arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/POST/@connections'
  const { gate } = gateWith([allow('execute-api:ManageConnections', `${connections}/*`)])
  const action = 'execute-api:ManageConnections'
  const decisions = new Set<string>()
  const decideFor = (from: number, to: number): void => {
    for (let i = from; i < to; i++)
      decisions.add(gate.decide({ action, resource: `${connections}/${i}`, roleArn: ROLE_ARN }))
  }
  decideFor(0, 1_000)
  const before = heapInUse()
  decideFor(1_000, 31_000)
  // Kept, these would take over 4 MB.
  expect(heapInUse() - before).toBeLessThan(1_000_000)
  expect([...decisions]).toEqual(['allowed'])
})
