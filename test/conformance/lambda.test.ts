import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { until } from '../support/gateway.ts'
import { closeFunctions, startFunction } from '../support/lambda.ts'
import { wholeTemplate } from '../support/template.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { aws } from './source.ts'

const DG = 'https://docs.aws.amazon.com/lambda/latest/dg/'
const VARIABLES = `${DG}configuration-envvars.html`
const LIFECYCLE = `${DG}lambda-runtime-environment.html`
const LIMITS = `${DG}gettingstarted-limits.html`

afterAll(closeFunctions)

test(
  aws('14 a function has the variables of the template and those of Lambda, none of this machine', VARIABLES),
  async () => {
    process.env['OF_THIS_MACHINE'] = 'secret'
    const { answer } = startFunction('exports.handler = async () => process.env', {
      environment: { TABLE: 'Settings' },
    })
    const variables = await answer<Record<string, string>>()
    delete process.env['OF_THIS_MACHINE']
    const own = Object.keys(variables).filter(name => !/^(AWS_|LAMBDA_|_HANDLER$|TZ$)/.test(name))
    expect(own).toEqual(['TABLE'])
    expect(variables).toMatchObject({
      TABLE: 'Settings',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'my-function',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_SESSION_TOKEN: expect.any(String) as string,
    })
  },
)

test.each(['AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_SECRET_ACCESS_KEY', '_HANDLER', 'LAMBDA_TASK_ROOT'])(
  aws('14 a template that sets %s is refused before anything runs', VARIABLES),
  name =>
    expect(() => startFunction('', { environment: { [name]: 'x' } })).toThrow(`reserved environment variable ${name}`),
)

test.each<[string, Parameters<typeof startFunction>[1]]>([
  ['more than 4 KB of variables', { environment: { LARGE: 'x'.repeat(4 * 1024) } }],
  ['a variable with a bad name', { environment: { 'a-b': 'x' } }],
  ['a timeout over 15 minutes', { timeoutMs: 901_000 }],
  ['less than 128 MB of memory', { memoryMb: 64 }],
])(aws('14 a function with %s is refused before anything runs', LIMITS), (_, own) =>
  expect(() => startFunction('', own)).toThrow('AWS would refuse it'),
)

test(
  aws('14 a function stands still once its handler has returned: what it did not await stops', LIFECYCLE),
  async () => {
    const frozen = startFunction(`
    let ticks = 0
    exports.handler = async ({ wait }) => {
      const before = ticks
      if (wait) await new Promise(resolve => setTimeout(resolve, 30))
      else setInterval(() => ticks++, 1)
      return { before, after: ticks }
    }`)
    const other = startFunction('exports.handler = () => new Promise(resolve => setTimeout(resolve, 30, {}))')
    expect(await frozen.answer({})).toEqual({ before: 0, after: 0 })
    await other.answer()
    // 30 ms of the other function were none of this one; in its next invocation the timer goes on.
    const thawed = await frozen.answer<{ before: number; after: number }>({ wait: true })
    expect(thawed.before).toBe(0)
    expect(thawed.after).toBeGreaterThan(0)
  },
)

test(aws('14 an environment takes one event at a time, and is used again', LIFECYCLE), async () => {
  const { answer } = startFunction(`
    const id = Math.random()
    exports.handler = async () => { await new Promise(resolve => setTimeout(resolve, 10)); return id }`)
  const [first, second] = await Promise.all([answer<number>(), answer<number>()])
  expect(first).not.toBe(second)
  expect([first, second]).toContain(await answer())
})

test(
  aws(
    '14 a function is ended at its timeout, with its credentials; the next event gets a new environment',
    `${DG}configuration-timeout.html`,
  ),
  async () => {
    const clock = new ManualClock()
    const { answer, invoke, principals, logs } = startFunction(
      `let events = 0
     exports.handler = async ({ hang }) => {
       if (hang) { console.log(process.env.AWS_ACCESS_KEY_ID); await new Promise(resolve => setTimeout(resolve, 60_000)) }
       return ++events
     }`,
      { timeoutMs: 3_000 },
      { clock },
    )
    expect([await answer(), await answer()]).toEqual([1, 2])
    const late = invoke({ hang: true })
    await until(() => logs.some(line => line.startsWith('INFO ASIA')))
    const key = logs.find(line => line.startsWith('INFO ASIA'))!.slice('INFO '.length)
    expect(principals.find(key)).toBeDefined()
    clock.advance(2_999)
    clock.advance(1)
    expect(await late).toMatchObject({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 3\.00 seconds$/) as string,
    })
    expect(principals.find(key)).toBeUndefined()
    expect(await answer()).toBe(1)
  },
)

test(aws('14 a function that exits is started anew for the next event', LIFECYCLE), async () => {
  const { invoke, answer } = startFunction('exports.handler = async ({ exit }) => exit ? process.exit(1) : "alive"')
  expect(await invoke({ exit: true })).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
  expect(await answer()).toBe('alive')
})

test(aws('14 a result over 6 MB is an error', LIMITS), async () => {
  const { invoke } = startFunction('exports.handler = async () => "x".repeat(6 * 1024 * 1024 + 200)')
  expect(await invoke()).toMatchObject({ ok: false, errorType: 'Function.ResponseSizeTooLarge' })
})

test(aws('14 a result is JSON: what JSON cannot say does not come through', `${DG}nodejs-handler.html`), async () => {
  const { answer } = startFunction(
    'exports.handler = async () => ({ at: new Date(0), nothing: undefined, list: [NaN] })',
  )
  expect(await answer()).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [null] })
  expect(await startFunction('exports.handler = async () => undefined').answer()).toBeNull()
})

test(aws('15 every function runs the bundle of the assembly', `${DG}nodejs-package.html`), () => {
  const template = wholeTemplate()
  const ours = template.functions().filter(({ description }) => description.startsWith('Grantwire: '))
  expect(ours.length).toBeGreaterThan(10)
  for (const { arn } of ours) {
    const { codePath, handler } = template.functionWithArn(arn)
    expect(codePath.startsWith(resolve('cdk.out/asset.'))).toBe(true)
    const [file = ''] = handler.split('.')
    expect(['js', 'mjs', 'cjs'].some(ending => existsSync(join(codePath, `${file}.${ending}`)))).toBe(true)
  }
})

test.each<[string, string]>([
  ['asks for a module that is not in it', "require('left-out'); exports.handler = async () => 1"],
  ['does not parse', 'exports.handler = async () => {'],
  ['has no such handler', 'exports.other = async () => 1'],
])(
  aws('15 a bundle that %s fails every event, as it does after a deployment', `${DG}nodejs-package.html`),
  async (_, code) => {
    const { invoke } = startFunction(code)
    expect(await invoke()).toMatchObject({ ok: false })
    expect(await invoke()).toMatchObject({ ok: false })
  },
)

test(aws('15 a bundle may be an ECMAScript module', `${DG}nodejs-package.html`), async () => {
  const { answer } = startFunction('export const handler = async () => import.meta.filename', {}, { file: 'index.mjs' })
  expect(await answer()).toMatch(/index\.mjs$/)
})
