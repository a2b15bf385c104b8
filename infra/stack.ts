import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { consoleFolder } from './constructs/build-console.ts'
import { bundleFunctions } from './constructs/bundle.ts'
import { ConsolePages, ConsoleHosting } from './constructs/console.ts'
import { FanOut } from './constructs/fan-out.ts'
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName, type Needs } from './constructs/functions.ts'
import { HttpApi } from './constructs/http-api.ts'
import { Identity, signInOrigins } from './constructs/identity.ts'
import { Lambda } from './constructs/lambda.ts'
import { Monitoring } from './constructs/monitoring.ts'
import { Tables } from './constructs/tables.ts'
import { WebSocketApi } from './constructs/websocket-api.ts'
import type { StackSettings } from './settings.ts'

export interface GrantwireStackProps extends StackProps {
  /** The folder of the console's pages, where they are already built; without it they are built when they are stale. */
  consoleAssets?: string
}

/** Grantwire in one stack: the two APIs, the Lambdas, the two tables, the queue, sign-in and the console. */
export class GrantwireStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    settings: StackSettings,
    { consoleAssets, ...props }: GrantwireStackProps = {},
  ) {
    super(scope, id, { description: 'Grantwire: permission changes, wired live to every browser', ...props })
    bundleFunctions(FUNCTION_NAMES)
    const functions = new Construct(this, 'Functions')
    const lambdas = Object.fromEntries(
      FUNCTION_NAMES.map(name => {
        const { timeout, memory }: Needs = FUNCTIONS[name]
        const size = { ...(timeout === undefined ? {} : { timeout }), ...(memory === undefined ? {} : { memory }) }
        return [name, new Lambda(functions, pascal(name), { entry: name, ...size })]
      }),
    ) as Record<FunctionName, Lambda>

    const hosting = new ConsoleHosting(this, 'Console', { signInOrigins: signInOrigins(settings) })
    const identity = new Identity(this, 'Identity', {
      own: settings.ownIssuer,
      consoleUrl: hosting.url,
      stackName: settings.stackName,
    })
    const { issuer, audience, consoleClientId, consoleScope } = identity
    const origins = [hosting.url, ...settings.origins]
    const tables = new Tables(this, 'Tables')
    const webSocketApi = new WebSocketApi(this, 'WebSocket', { lambdas })
    const httpApi = new HttpApi(this, 'Http', { lambdas, issuer, audience, origins })
    const fanOut = new FanOut(this, 'FanOut', { worker: lambdas['fan-out'] })

    const actions = (names: readonly string[]) => names.map(name => `dynamodb:${name}`)
    for (const name of FUNCTION_NAMES) {
      const lambda = lambdas[name]
      const needs: Needs = FUNCTIONS[name]
      const { settings: onSettings, connections: onConnections } = needs
      if (onSettings !== undefined)
        lambda.allow(actions(onSettings), tables.settings.tableArn, { SETTINGS_TABLE: tables.settings.tableName })
      if (needs.versions === true) lambda.set({ RETENTION_DAYS: String(settings.retentionDays) })
      if (onConnections !== undefined)
        lambda.allow(actions(onConnections), tables.connections.tableArn, {
          CONNECTIONS_TABLE: tables.connections.tableName,
        })
      if (needs.queue === true) fanOut.grantSend(lambda)
      if (needs.manage !== undefined) webSocketApi.grantConnections(lambda, needs.manage)
      if (needs.tokens === true) lambda.set({ ISSUER: issuer, AUDIENCE: audience.join(',') })
      if (needs.origins === true) lambda.set({ ALLOWED_ORIGINS: origins.join(',') })
    }

    new ConsolePages(this, 'ConsolePages', {
      hosting,
      assets: consoleAssets ?? consoleFolder(),
      config: {
        httpUrl: httpApi.url,
        webSocketUrl: webSocketApi.url,
        issuer,
        clientId: consoleClientId,
        scope: consoleScope,
      },
    })
    new Monitoring(this, 'Monitoring', {
      lambdas: Object.values(lambdas),
      fanOut,
      httpApiId: httpApi.apiId,
      webSocketApiId: webSocketApi.apiId,
    })

    const outputs = {
      HttpUrl: httpApi.url,
      WebSocketUrl: webSocketApi.url,
      ConsoleUrl: hosting.url,
      Issuer: issuer,
      ConsoleClientId: consoleClientId,
      ...(identity.serviceClient === undefined ? {} : { ServiceClientId: identity.serviceClient.userPoolClientId }),
    }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}

/** `update-settings` is `UpdateSettings`. */
const pascal = (name: string): string => name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())
