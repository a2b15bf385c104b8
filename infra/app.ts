import { App } from 'aws-cdk-lib'
import { readSettings } from './settings.ts'
import { GrantwireStack } from './stack.ts'

const app = new App()
const settings = readSettings(key => app.node.tryGetContext(key) as unknown)
new GrantwireStack(app, settings.stackName, settings)
