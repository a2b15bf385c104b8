import { App, type AppProps } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../../infra/settings.ts'
import { GrantwireStack } from '../../infra/stack.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }
const consoleAssets = join(import.meta.dirname, 'console')

/** The stack as `cdk synth -c key=value …` makes it, with a console that needs no build. */
export function makeStack(own: Record<string, string> = {}, props?: AppProps): { app: App; stack: GrantwireStack } {
  const app = new App({ ...props, context: { ...context, ...own } })
  const settings = readSettings(key => app.node.tryGetContext(key) as unknown)
  return { app, stack: new GrantwireStack(app, settings.stackName, settings, { consoleAssets }) }
}

/** The text of the `config.json` that is laid beside the console's page. */
export function configOf(app: App): string {
  const { directory } = app.synth()
  const [file] = globSync('asset.*/config.json', { cwd: directory })
  return readFileSync(join(directory, file ?? 'config.json'), 'utf8')
}

export const templateOf = (own: Record<string, string> = {}): Template => Template.fromStack(makeStack(own).stack)
