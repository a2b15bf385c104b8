import { expect, test } from 'vitest'
import { guardInvocations } from '../../local/iam/invocations.ts'
import { readApis } from '../../local/template/apis.ts'
import { FakeFunction } from '../support/gateway.ts'
import { wholeTemplate } from '../support/template.ts'
import { aws } from './source.ts'

const PERMISSIONS = 'https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html'

/** The routes and authorizers whose function API Gateway may not invoke, without some resources of the template. */
async function refused(without: string[] = []): Promise<string[]> {
  const template = wholeTemplate(without)
  const { http, webSocket } = readApis(
    template,
    guardInvocations(template, () => new FakeFunction()),
  )
  const authorizers = webSocket.routes.flatMap(({ routeKey, authorizer }) =>
    authorizer === undefined ? [] : [{ routeKey: `the authorizer of ${routeKey}`, target: authorizer.target }],
  )
  const results = [...http.routes, ...webSocket.routes, ...authorizers].map(async ({ routeKey, target }) => ({
    routeKey,
    result: await target.invoke({}),
  }))
  return (await Promise.all(results)).filter(({ result }) => !result.ok).map(({ routeKey }) => routeKey)
}

test(aws('13 API Gateway may invoke the function of every route and authorizer', PERMISSIONS), async () => {
  expect(await refused()).toEqual([])
})

test(
  aws('13 without any one permission of API Gateway a route or an authorizer fails', PERMISSIONS),
  async ({ task }) => {
    const rows = []
    for (const { logicalId, properties } of wholeTemplate().ofType('AWS::Lambda::Permission')) {
      const routes = await refused([logicalId])
      rows.push({
        function: 'API Gateway',
        without: `lambda:InvokeFunction from ${String(properties['SourceArn']).split(':').at(-1) ?? ''}`,
        broke: routes.length === 0 ? undefined : `${routes.join(', ')}: 500, nothing is invoked`,
      })
    }
    task.meta.statements = rows
    expect(rows).not.toEqual([])
    expect(rows.filter(({ broke }) => broke === undefined)).toEqual([])
  },
)
