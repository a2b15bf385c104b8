import { ERRORS, type ErrorCode } from '../../protocol/codes.ts'
import { HTTP_SCHEMAS } from './components.ts'
import { ROUTES, TAGS, type Answer, type RouteText } from './routes.ts'
import { jsonSchemas, referenceTo } from './schemas.ts'

const WHO = {
  user: 'Any user.',
  member: 'Members of the group, and services.',
  self: 'The user, and services.',
  admin: 'Admins of the group, and services.',
  service: 'Services: tokens with the scope `grantwire/admin`.',
} as const

const parameter = (name: string) => ({ $ref: `#/components/parameters/${name}` })
const header = (name: string) => ({ $ref: `#/components/headers/${name}` })
const json = (schema: object) => ({ 'application/json': { schema } })

/** OpenAPI 3.1 of the HTTP API. */
export const openApi = (version: string): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Grantwire HTTP API',
    version,
    description:
      'Permission changes, wired live to every browser. Errors are problem details (RFC 9457) with a stable `code`; those that API Gateway answers before a Lambda runs carry only a `message`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [
    {
      url: 'https://{api}.execute-api.{region}.amazonaws.com',
      description: 'A deployment: the output HttpUrl',
      variables: { api: { default: 'abc123' }, region: { default: 'eu-west-1' } },
    },
    { url: 'http://127.0.0.1:3001', description: 'The local run' },
  ],
  security: [{ token: [] }],
  tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  paths: paths(),
  components: {
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'An access token of the issuer that the stack was deployed with. Its `sub` is the user; the scope `grantwire/admin` makes it a service.',
      },
    },
    parameters: PARAMETERS,
    headers: HEADERS,
    responses: {
      Unauthorized: {
        description: 'No valid token; answered by API Gateway',
        headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
        content: json(referenceTo('GatewayError')),
      },
      TooManyRequests: {
        description: 'Throttled; answered by API Gateway. Try again with a growing wait.',
        content: json(referenceTo('GatewayError')),
      },
      HeadersTooLarge: {
        description: 'The headers, with the token, take over 10,240 bytes; answered by API Gateway',
        content: json(referenceTo('GatewayError')),
      },
      ServiceUnavailable: {
        description: 'The Lambda took too long; answered by API Gateway. Whether it did its work is not known.',
        content: json(referenceTo('GatewayError')),
      },
    },
    schemas: {
      ...jsonSchemas(HTTP_SCHEMAS),
      GatewayError: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    },
  },
})

function paths(): Record<string, Record<string, object>> {
  const all: Record<string, Record<string, object>> = {}
  for (const [key, route] of Object.entries(ROUTES)) {
    const [method = '', path = ''] = key.split(' ')
    ;(all[path] ??= {})[method.toLowerCase()] = operation(path, route)
  }
  return all
}

function operation(path: string, route: RouteText): object {
  const { id, summary, description, tag, who, body, answers } = route
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name)),
    ...(route.ifMatch ? [parameter('ifMatch')] : []),
    ...(answers[304] === undefined ? [] : [parameter('ifNoneMatch')]),
    ...(route.exclude ? [parameter('excludeConnection')] : []),
    ...(route.paged === undefined ? [] : [parameter('cursor'), limit(route.paged)]),
  ]
  return {
    operationId: id,
    summary,
    description: [description, `**Who:** ${WHO[who]}`].filter(part => part !== undefined).join('\n\n'),
    tags: [tag],
    ...(who === 'service' ? { security: [{ token: ['grantwire/admin'] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      ...problems(path, route.problems),
    },
  }
}

const requestBody = (name: string) => ({
  required: true,
  content: {
    'application/merge-patch+json': { schema: referenceTo(name) },
    'application/json': { schema: referenceTo(name) },
  },
})

const response = ({ description, schema, headers }: Answer) => ({
  description,
  ...(headers === undefined ? {} : { headers: Object.fromEntries(headers.map(name => [name, header(name)])) }),
  ...(schema === undefined ? {} : { content: json(referenceTo(schema)) }),
})

/** One answer a status: its codes, each with what it means. */
function problems(path: string, own: readonly ErrorCode[]): Record<string, object> {
  const codes: ErrorCode[] = [...(path.includes('{') ? (['invalid_id'] as const) : []), ...own, 'forbidden', 'internal']
  const byStatus = Map.groupBy(codes, code => ERRORS[code].status)
  return {
    503: { $ref: '#/components/responses/ServiceUnavailable' },
    ...Object.fromEntries([...byStatus].map(([status, same]) => [status, problem(status, same)])),
    401: { $ref: '#/components/responses/Unauthorized' },
    429: { $ref: '#/components/responses/TooManyRequests' },
    431: { $ref: '#/components/responses/HeadersTooLarge' },
  }
}

/** Statuses that API Gateway gives as well: a body over 10 MB; a Lambda that died; one that took over 30 s. */
const GATEWAY_TOO: readonly number[] = [413, 500, 503]

const problem = (status: number, codes: readonly ErrorCode[]) => ({
  description: codes.map(code => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
  ...(status === 412 ? { headers: { ETag: header('ETag') } } : {}),
  content: {
    'application/problem+json': {
      schema: { allOf: [referenceTo('Problem'), { properties: { code: { enum: codes } } }] },
    },
    ...(GATEWAY_TOO.includes(status) ? json(referenceTo('GatewayError')) : {}),
  },
})

const limit = ({ fallback, most }: { fallback: number; most: number }) => ({
  name: 'limit',
  in: 'query',
  description: 'Items on the page at most',
  schema: { type: 'integer', minimum: 1, maximum: most, default: fallback },
})

const PARAMETERS = {
  groupId: { name: 'groupId', in: 'path', required: true, schema: referenceTo('Id') },
  userId: { name: 'userId', in: 'path', required: true, schema: referenceTo('Id') },
  cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `cursor` of the page before; without it the first page',
    schema: { type: 'string' },
  },
  ifMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'ETags of which one must be the current version, or `*` for any; else 412',
    schema: { type: 'string' },
    example: '"7"',
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'ETags that the caller has; where one of them is current the answer is 304',
    schema: { type: 'string' },
    example: '"7"',
  },
  excludeConnection: {
    name: 'Grantwire-Exclude-Connection',
    in: 'header',
    description: 'A connection that is left out of the broadcast: the tab that made the change',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_=-]{1,128}$' },
  },
}

const HEADERS = {
  ETag: {
    description: 'The version in double quotes; of `GET /me`, a tag over all versions and roles',
    schema: { type: 'string' },
    example: '"7"',
  },
  Location: { description: 'The path of the group', schema: { type: 'string' } },
}
