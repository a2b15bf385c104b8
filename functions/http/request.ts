import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda'
import * as v from 'valibot'
import { EXCLUDE_CONNECTION_HEADER, SERVICE_SCOPE } from '../../protocol/limits.ts'
import { id } from '../../protocol/schemas/http.ts'
import { GrantwireError } from '../core/errors.ts'

export type HttpEvent = APIGatewayProxyEventV2WithJWTAuthorizer

/** Who calls: the `sub` of a token that the JWT authorizer has verified. */
export interface Caller {
  user: string
  /** The token has the scope `grantwire/admin`. */
  service: boolean
}

/** An HTTP event, taken apart. What is asked for is validated as it is asked for. */
export interface HttpRequest {
  caller: Caller
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>
  /** A path parameter that is an id. @throws GrantwireError invalid_id */
  id(name: 'groupId' | 'userId'): string
  /** The body. @throws GrantwireError malformed_json, invalid_body, unsupported_media_type */
  body<S extends v.GenericSchema>(schema: S): v.InferOutput<S>
  /** A query parameter. */
  query(name: string): string | undefined
  /** The caller's connection that a broadcast leaves out. @throws GrantwireError invalid_header */
  excludedConnection(): { connectionId: string; user: string } | undefined
}

const MEDIA_TYPES = ['application/json', 'application/merge-patch+json']
const CONNECTION_ID = /^[A-Za-z0-9_=-]{1,128}$/

/**
 * Reads an HTTP API event of payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function readRequest(event: HttpEvent): HttpRequest {
  const headers = event.headers
  const caller = readCaller(event)
  return {
    caller,
    headers,
    id(name) {
      const value = event.pathParameters?.[name] ?? ''
      if (!v.is(id, value))
        throw new GrantwireError('invalid_id', `An id has 1 to 128 of A-Z a-z 0-9 . _ @ | : = + - and nothing else.`)
      return value
    },
    body(schema) {
      const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
      if (type === undefined || !MEDIA_TYPES.includes(type))
        throw new GrantwireError('unsupported_media_type', `Send the body as ${MEDIA_TYPES.join(' or ')}.`)
      return parse(schema, parseJson(readBody(event)))
    },
    query: name => event.queryStringParameters?.[name],
    excludedConnection() {
      const connectionId = headers[EXCLUDE_CONNECTION_HEADER]
      if (connectionId === undefined) return undefined
      if (!CONNECTION_ID.test(connectionId))
        throw new GrantwireError('invalid_header', `${EXCLUDE_CONNECTION_HEADER} is not a connection id.`)
      return { connectionId, user: caller.user }
    },
  }
}

/** API Gateway gives claims as text: a service's scope is one of the words of `scope`. */
function readCaller(event: HttpEvent): Caller {
  const { sub, scope } = event.requestContext.authorizer.jwt.claims
  if (!v.is(id, sub))
    throw new GrantwireError('forbidden', 'The `sub` of the token cannot be used as the id of a user.')
  return { user: sub, service: typeof scope === 'string' && scope.split(' ').includes(SERVICE_SCOPE) }
}

/** API Gateway hands a body over in base64 unless its media type is one that it knows as text. */
const readBody = ({ body = '', isBase64Encoded }: HttpEvent): string =>
  isBase64Encoded ? Buffer.from(body, 'base64').toString() : body

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new GrantwireError('malformed_json', 'The body is not JSON. Check quotes, commas and brackets.')
  }
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const errors = result.issues.map(issue => ({
    pointer: (issue.path ?? [])
      .map(({ key }) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    detail: issue.message,
  }))
  throw new GrantwireError('invalid_body', 'The body does not have the form that this route takes; see `errors`.', {
    errors: errors.slice(0, 10),
  })
}
