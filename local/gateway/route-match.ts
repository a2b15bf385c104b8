import type { HttpRoute } from './apis.ts'

export interface Match {
  route: HttpRoute
  pathParameters: Record<string, string>
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/**
 * The most specific route of a request: whole paths before paths with parameters, those before greedy ones, `$default` last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 *
 * @param path as sent, without the stage
 */
export function matchRoute(routes: readonly HttpRoute[], method: string, path: string): Match | undefined {
  const segments = path.split('/').slice(1)
  const matches = routes.flatMap(route => {
    const [routeMethod = '', template = ''] = route.routeKey.split(' ')
    if (route.routeKey === '$default') return [{ route, pathParameters: {}, rank: Infinity }]
    if (routeMethod !== method && routeMethod !== 'ANY') return []
    const pathParameters = matchPath(template.split('/').slice(1), segments)
    if (pathParameters === undefined) return []
    const greedy = template.includes('+}') ? 1_000 : 0
    return [
      { route, pathParameters, rank: greedy + Object.keys(pathParameters).length + (routeMethod === 'ANY' ? 0.5 : 0) },
    ]
  })
  return matches.sort((a, b) => a.rank - b.rank)[0]
}

function matchPath(template: string[], segments: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  for (const [index, part] of template.entries()) {
    const segment = segments[index]
    if (segment === undefined) return undefined
    const [, name, greedy] = /^\{(.+?)(\+)?\}$/.exec(part) ?? []
    if (name === undefined) {
      if (part !== segment) return undefined
    } else if (greedy !== undefined) {
      parameters[name] = segments.slice(index).map(decode).join('/')
      return parameters
    } else {
      if (segment === '') return undefined
      parameters[name] = decode(segment)
    }
  }
  return template.length === segments.length ? parameters : undefined
}
