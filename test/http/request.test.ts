import { expect, test } from 'vitest'
import { MAX_JSON_DEPTH } from '../../protocol/limits.ts'
import { changeBody, createGroupBody, eventBody, memberBody, revertBody } from '../../protocol/schemas/http.ts'
import { readRequest } from '../../functions/http/request.ts'
import { errorOf, eventOf } from './support.ts'

const bodyOf = (body: string, schema: Parameters<ReturnType<typeof readRequest>['body']>[0] = changeBody) =>
  readRequest(eventOf({ body })).body(schema)

test('the caller is the subject of the token', () => {
  expect(readRequest(eventOf({ claims: { sub: 'alice' } })).caller).toEqual({ user: 'alice', service: false })
})

test.each([
  ['grantwire/admin', true],
  ['openid grantwire/admin profile', true],
  ['grantwire/administrator', false],
  ['not-grantwire/admin', false],
  ['', false],
])('a token with the scope "%s" is a service: %s', (scope, service) => {
  expect(readRequest(eventOf({ claims: { sub: 'alice', scope } })).caller.service).toBe(service)
})

test.each(['', 'a/b', 'a#b', 'a b', 'x'.repeat(129)])('a token of the subject "%s" may do nothing', sub => {
  expect(errorOf(() => readRequest(eventOf({ claims: { sub } }))).code).toBe('forbidden')
})

test('a token without a subject may do nothing', () => {
  expect(errorOf(() => readRequest(eventOf({ claims: {} }))).code).toBe('forbidden')
})

test.each(['eng', 'a.b_c@d|e:f=g+h-i', 'auth0|5f7c8ec7c33c6c004bbafe82', 'x'.repeat(128)])('%s is an id', id => {
  expect(readRequest(eventOf({ path: { groupId: id } })).id('groupId')).toBe(id)
})

test.each(['', 'a/b', 'a#b', 'é', 'x'.repeat(129), 'a\n'])('"%s" is no id', id => {
  expect(errorOf(() => readRequest(eventOf({ path: { groupId: id } })).id('groupId')).code).toBe('invalid_id')
})

test('a path without the parameter has no id', () => {
  expect(errorOf(() => readRequest(eventOf()).id('userId')).code).toBe('invalid_id')
})

test.each(['application/json', 'application/merge-patch+json', 'Application/JSON; charset=utf-8'])(
  'a body may come as %s',
  type => {
    const request = readRequest(eventOf({ headers: { 'content-type': type }, body: '{"a":true}' }))
    expect(request.body(changeBody)).toEqual({ a: true })
  },
)

test.each(['text/plain', 'application/json-patch+json', 'application/x-www-form-urlencoded', ''])(
  'a body does not come as "%s"',
  type => {
    const request = readRequest(eventOf({ headers: { 'content-type': type }, body: '{}' }))
    expect(errorOf(() => request.body(changeBody)).code).toBe('unsupported_media_type')
  },
)

test('a body that API Gateway hands over in base64 is read', () => {
  const body = Buffer.from('{"name":"Ünï"}').toString('base64')
  expect(readRequest(eventOf({ body, base64: true })).body(changeBody)).toEqual({ name: 'Ünï' })
})

test.each(['', '{', '{"a":1,}', "{'a':1}", 'NaN', '{"a":1} x'])('%j is malformed', body => {
  expect(errorOf(() => bodyOf(body)).code).toBe('malformed_json')
})

test('a request without a body is malformed where one is needed', () => {
  expect(errorOf(() => readRequest(eventOf()).body(changeBody)).code).toBe('malformed_json')
})

test.each(['null', '[]', '"text"', '7', 'true'])('%s is no change of settings', body => {
  expect(errorOf(() => bodyOf(body)).code).toBe('invalid_body')
})

test('a number that JSON cannot give back is refused', () => {
  expect(errorOf(() => bodyOf('{"a":1e400}')).code).toBe('invalid_body')
})

test('settings nest as deep as the limit, and no deeper', () => {
  const nested = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  expect(bodyOf(nested(MAX_JSON_DEPTH))).toBeDefined()
  expect(errorOf(() => bodyOf(nested(MAX_JSON_DEPTH + 1))).code).toBe('invalid_body')
  expect(errorOf(() => bodyOf(nested(100_000))).code).toBe('invalid_body')
})

test('a key such as __proto__ is data', () => {
  const change = bodyOf('{"__proto__":{"admin":true}}') as object
  expect(Object.keys(change)).toEqual(['__proto__'])
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('an error points to where it is', () => {
  const error = errorOf(() => bodyOf('{"admin":"a/b","settings":[]}', createGroupBody))
  expect(error.code).toBe('invalid_body')
  expect(error.errors?.map(({ pointer }) => pointer)).toEqual(['/admin', '/settings'])
})

test('an error about the whole body points to the root', () => {
  expect(errorOf(() => bodyOf('[]')).errors).toEqual([
    { pointer: '', detail: 'must be a JSON object: JSON with finite numbers, nested at most 32 deep' },
  ])
})

test('a pointer escapes the separators of JSON pointers', () => {
  const error = errorOf(() => bodyOf('{"role":"admin","a/b~c":1}', memberBody))
  expect(error.errors?.[0]?.pointer).toBe('/a~1b~0c')
})

test.each([
  ['a role that there is not', '{"role":"owner"}', memberBody],
  ['a role that is missing', '{}', memberBody],
  ['a version that is not whole', '{"version":1.5}', revertBody],
  ['the version 0', '{"version":0}', revertBody],
  ['an event name that begins with a digit', '{"event":"1st"}', eventBody],
  ['an event name that is too long', `{"event":"${'e'.repeat(65)}"}`, eventBody],
  ['an event id with a slash', '{"event":"x","id":"a/b"}', eventBody],
  ['a field that is not known', '{"event":"x","to":"all"}', eventBody],
])('%s is refused', (_, body, schema) => {
  expect(errorOf(() => bodyOf(body, schema)).code).toBe('invalid_body')
})

test('the connection that a broadcast leaves out is read from the header', () => {
  const request = readRequest(eventOf({ headers: { 'grantwire-exclude-connection': 'R0oXAdfD0kwCH6w=' } }))
  expect(request.excludedConnection()).toEqual({ connectionId: 'R0oXAdfD0kwCH6w=', user: request.caller.user })
  expect(readRequest(eventOf()).excludedConnection()).toBeUndefined()
})

test.each(['', 'a b', 'a/b', 'x'.repeat(129)])('"%s" is no connection that could be left out', id => {
  const request = readRequest(eventOf({ headers: { 'grantwire-exclude-connection': id } }))
  expect(errorOf(() => request.excludedConnection()).code).toBe('invalid_header')
})
