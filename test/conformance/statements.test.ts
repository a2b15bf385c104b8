import { afterAll, beforeAll, expect, test } from 'vitest'
import { FUNCTION_NAMES, type FunctionName } from '../../infra/constructs/functions.ts'
import { startLocalRun, TestSocket, type LocalRun } from '../support/local-run.ts'
import { hasLine, SCENARIOS } from './scenarios.ts'

/**
 * Least privilege, both ways: with the statements of the template each function does what it is for; without any one action of
 * any statement it does not. A right that nothing needs fails here, and so does one that is missing.
 */
interface Right {
  name: FunctionName
  roleArn: string
  action: string
  resource: string
}

/** A local run, and the right that is taken away in it. */
class Lane {
  run!: LocalRun
  #without: Right | undefined

  async start(): Promise<void> {
    this.run = await startLocalRun({
      reports: true,
      reviseStatements: (roleArn, statements) => {
        const without = this.#without
        if (roleArn !== without?.roleArn) return statements
        return statements.map(statement =>
          list(statement.Resource).join(' ') === without.resource
            ? { ...statement, Action: list(statement.Action).filter(action => action !== without.action) }
            : statement,
        )
      },
    })
  }

  /** What is wrong with a function, or undefined where it does what it is for. */
  async findFault(name: FunctionName, id: string, without?: Right): Promise<string | undefined> {
    const from = this.run.lines.length
    this.#without = without
    try {
      await SCENARIOS[name](this.run, id)
      const refused = this.run.lines.slice(from).find(line => line.includes('not authorized to perform'))
      if (refused !== undefined) return refused
      await hasLine(this.run, new RegExp(`^${name}  REPORT`), from)
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      this.#without = undefined
    }
  }
}

const list = (value: string | string[] | undefined): string[] => [value ?? []].flat()

// Most of the time is waiting for what does not come: several runs wait side by side.
const lanes = Array.from({ length: 6 }, () => new Lane())
beforeAll(() => Promise.all(lanes.map(lane => lane.start())))
afterAll(() => Promise.all(lanes.map(lane => lane.run.close())))

/** Each action that the role of each function of ours is allowed. */
function rights(): Right[] {
  const { template } = lanes[0]!.run.stack
  return template.functions().flatMap(({ arn, description }) => {
    const name = FUNCTION_NAMES.find(known => description === `Grantwire: ${known}`)
    if (name === undefined) return []
    const { roleArn } = template.functionWithArn(arn)
    return template
      .statementsOf(roleArn)
      .flatMap(({ Action, Resource }) =>
        list(Action).map(action => ({ name, roleArn, action, resource: list(Resource).join(' ') })),
      )
  })
}

test.each(FUNCTION_NAMES)('%s does what it is for with the statements of its role', async name => {
  expect(await lanes[0]!.findFault(name, `whole-${name}`)).toBeUndefined()
})

test('without any one action of any statement the function does not', async () => {
  TestSocket.patience = 2_000
  const unneeded: string[] = []
  const table: string[] = []
  const left = rights().entries()
  const work = async (lane: Lane): Promise<void> => {
    for (const [index, right] of left) {
      const fault = await lane.findFault(right.name, `${right.name}-${index}`, right)
      const words = `${right.name.padEnd(16)} ${right.action.padEnd(32)} ${nameOf(right.resource).padEnd(28)}`
      if (fault === undefined) unneeded.push(words)
      table.push(`${words} ${fault?.replace(/\s+/g, ' ').slice(0, 110) ?? 'NOTHING BROKE'}`)
    }
  }
  await Promise.all(lanes.map(work))
  if (process.env['GRANTWIRE_TABLE'] !== undefined) console.log(table.sort().join('\n'))
  expect(unneeded).toEqual([])
}, 180_000)

/** A resource in a word. */
const nameOf = (arn: string): string =>
  /([A-Z]+\/@connections)/.exec(arn)?.[1] ?? /-(\w+?)[0-9A-F]{8}/.exec(arn)?.[1] ?? arn.slice(-24)
