import { afterAll, beforeAll, expect, test } from 'vitest'
import { FUNCTION_NAMES, type FunctionName } from '../../infra/constructs/functions.ts'
import type { Statement } from '../../local/template/stack-template.ts'
import { startLocalRun, TestSocket, type LocalRun } from '../support/local-run.ts'
import { SCENARIOS } from './scenarios.ts'
import { aws } from './source.ts'

/**
 * Least privilege, both ways: with the statements of the template each function does what it is for; without any one of them it
 * does not. A right that nothing needs fails here, and so does one that is missing. `npm run test:conformance` takes each action
 * of a statement away by itself, too.
 */
const LEAST = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html'

const CONSISTENCY = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html'

const EACH_ACTION = process.env['GRANTWIRE_LONG'] !== undefined

/** What is taken away from a role: some of the actions of one of its statements. */
interface Loss {
  name: FunctionName
  roleArn: string
  /** The statement's place among those of the role. */
  index: number
  actions: string[]
  resource: string
}

/** How long a scenario may go on after a right was missing, to show what its users see of it. */
const GRACE_MS = 60

/** A local run, and what is taken away in it. */
class Lane {
  run!: LocalRun
  #loss: Loss | undefined
  /** The rights that were missing since it was taken away, and who waits for the first. */
  #missing: string[] = []
  #onMissing: () => void = () => undefined

  /** @param lagMs how far reads are behind that are not strongly consistent */
  async start(lagMs: number): Promise<void> {
    this.run = await startLocalRun({
      lagMs,
      reports: true,
      reviseStatements: (roleArn, statements) =>
        roleArn === this.#loss?.roleArn ? without(statements, this.#loss) : statements,
      onRefused: ({ action }) => {
        this.#missing.push(action)
        this.#onMissing()
      },
    })
  }

  /** What is wrong with a function, or undefined where it does what it is for. */
  async findFault(name: FunctionName, id: string, loss?: Loss): Promise<string | undefined> {
    this.#missing = []
    const refused = new Promise<void>(resolve => (this.#onMissing = () => setTimeout(() => resolve(), GRACE_MS)))
    this.#loss = loss
    let isCut = false
    const from = this.run.lines.length
    const isReported = (): boolean => this.run.lines.slice(from).some(line => line.startsWith(`${name}  REPORT`))
    const play = async (): Promise<string | undefined> => {
      try {
        await SCENARIOS[name](this.run, id)
        // A function's log comes after its answer.
        await this.run.until(() => isReported() || this.#missing.length > 0, 'it logged nothing')
        return undefined
      } catch (error) {
        return isCut ? undefined : error instanceof Error ? error.message : String(error)
      }
    }
    const work = play()
    await Promise.race([work, refused])
    isCut = true
    // What is left of the scenario must not run into the next one.
    this.run.cutOff()
    const fault = await work
    this.run.resume()
    this.#loss = undefined
    if (this.#missing.length === 0) return fault
    return `${fault === undefined ? '' : `${fault}; `}refused: ${[...new Set(this.#missing)].join(' ')}`
  }
}

const list = (value: string | string[] | undefined): string[] => [value ?? []].flat()

const without = (statements: readonly Statement[], { index, actions }: Loss): Statement[] =>
  statements.flatMap((statement, place) => {
    const left = list(statement.Action).filter(action => place !== index || !actions.includes(action))
    return left.length === 0 ? [] : [{ ...statement, Action: left }]
  })

const lanes = Array.from({ length: 2 }, () => new Lane())
beforeAll(async () => {
  TestSocket.patience = 5_000
  await Promise.all(lanes.map((lane, index) => lane.start(index === 0 ? Infinity : 0)))
})
afterAll(() => Promise.all(lanes.map(lane => lane.run.close())))

/** Each statement of the role of each function of ours: as a whole, and where asked for each of several actions by itself. */
function losses(): Loss[] {
  const { template } = lanes[0]!.run.stack
  return template.functions().flatMap(({ arn, description }) => {
    const name = FUNCTION_NAMES.find(known => description === `Grantwire: ${known}`)
    if (name === undefined) return []
    const { roleArn } = template.functionWithArn(arn)
    return template.statementsOf(roleArn).flatMap(({ Action, Resource }, index): Loss[] => {
      const actions = list(Action)
      const alone = EACH_ACTION && actions.length > 1 ? actions.map(action => [action]) : []
      return [actions, ...alone].map(some => ({
        name,
        roleArn,
        index,
        actions: some,
        resource: list(Resource).join(' '),
      }))
    })
  })
}

test.each(FUNCTION_NAMES)(
  aws('17 %s needs no read that can be behind', CONSISTENCY),
  // In this lane such a read never sees what a Lambda wrote.
  async name => expect(await lanes[0]!.findFault(name, `behind-${name}`)).toBeUndefined(),
)

test.each(FUNCTION_NAMES)(aws('13 %s does what it is for with the statements of its role', LEAST), async name => {
  expect(await lanes[1]!.findFault(name, `whole-${name}`)).toBeUndefined()
})

test(
  aws(`13 without any one statement${EACH_ACTION ? ', or any one action of it,' : ''} a scenario breaks`, LEAST),
  async ({ task }) => {
    const rows: { loss: Loss; fault: string | undefined }[] = losses().map(loss => ({ loss, fault: undefined }))
    const left = rows.entries()
    const work = async (lane: Lane): Promise<void> => {
      for (const [index, row] of left)
        row.fault = await lane.findFault(row.loss.name, `${row.loss.name}-${index}`, row.loss)
    }
    await Promise.all(lanes.map(work))
    const words = rows.map(({ loss, fault }) => ({
      function: loss.name,
      without: `${loss.actions.join(' ')} on ${nameOf(loss.resource)}`,
      broke: fault?.replace(/\s+/g, ' ').slice(0, 150),
    }))
    task.meta.statements = words
    expect(words.filter(({ broke }) => broke === undefined)).toEqual([])
  },
  180_000,
)

/** A resource in a word. */
const nameOf = (arn: string): string =>
  /([A-Z]+\/@connections)/.exec(arn)?.[1] ?? /-(\w+?)[0-9A-F]{8}/.exec(arn)?.[1] ?? arn.slice(-24)
