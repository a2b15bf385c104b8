import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../../local/clock.ts'
import { Principals } from '../../local/iam/principals.ts'
import { FunctionPool } from '../../local/lambda/pool.ts'
import type { FunctionDescription } from '../../local/template/stack-template.ts'
import { ROLE_ARN } from './template.ts'

const folders: string[] = []
const pools: FunctionPool[] = []

/** Ends every function that was started: for `afterAll`. */
export async function closeFunctions(): Promise<void> {
  await Promise.all(pools.splice(0).map(pool => pool.close()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}

/** A function whose bundle is this code, as CommonJS that exports `handler`. */
export function startFunction(
  code: string,
  own: Partial<FunctionDescription> = {},
  {
    clock = systemClock,
    file = 'index.js',
    concurrency = 2,
  }: { clock?: Clock; file?: string; concurrency?: number } = {},
) {
  const codePath = mkdtempSync(join(tmpdir(), 'grantwire-lambda-'))
  mkdirSync(codePath, { recursive: true })
  writeFileSync(join(codePath, file), code)
  // So that nothing above the folder decides what its files are.
  writeFileSync(join(codePath, 'package.json'), '{}')
  folders.push(codePath)
  const logs: string[] = []
  const principals = new Principals()
  const description: FunctionDescription = {
    logicalId: 'FunctionsMineFunction1A2B3C4D',
    functionName: 'my-function',
    arn: 'arn:aws:lambda:us-east-1:123456789012:function:my-function',
    codePath,
    handler: 'index.handler',
    timeoutMs: 3_000,
    memoryMb: 128,
    environment: {},
    roleArn: ROLE_ARN,
    logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:mine:*',
    ...own,
  }
  const pool = new FunctionPool(description, {
    clock,
    principals,
    awsUrl: 'http://127.0.0.1:9',
    onLog: (_, level, text) => logs.push(`${level} ${text}`),
    mayDo: () => true,
    concurrency,
    meter: () => undefined,
  })
  pools.push(pool)
  return {
    logs,
    principals,
    invoke: (event: unknown = {}, isWanted?: () => boolean) => pool.invoke(event, isWanted),
    /** The payload of an invocation that must succeed. */
    answer: async <T>(event: unknown = {}): Promise<T> => {
      const result = await pool.invoke(event)
      if (!result.ok) throw new Error(`${result.errorType}: ${result.errorMessage}`)
      return result.payload as T
    },
  }
}
