import { afterEach, expect, test, vi } from 'vitest'
import { ERRORS, type ErrorCode } from '../../protocol/codes.ts'
import { GrantwireError } from '../../functions/core/errors.ts'
import { httpHandler } from '../../functions/http/handler.ts'
import { json, noContent, notModified, problem } from '../../functions/http/response.ts'
import { context, eventOf, problemOf } from './support.ts'

afterEach(() => vi.restoreAllMocks())

const failing = (error: unknown) =>
  httpHandler({
    'GET /me': async () => {
      throw error
    },
  })(eventOf(), context)

test('the route answers', async () => {
  const handler = httpHandler({ 'GET /me': async ({ caller }) => json(200, { user: caller.user }, { etag: '"1"' }) })
  expect(await handler(eventOf(), context)).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache', etag: '"1"' },
    body: '{"user":"bob"}',
  })
})

test('a route that this Lambda does not have is not found', async () => {
  const answer = await httpHandler({})(eventOf({ routeKey: 'GET /nowhere' }), context)
  expect(answer.statusCode).toBe(404)
  expect(problemOf(answer)).toMatchObject({ code: 'route_not_found', detail: 'There is no GET /nowhere.' })
})

test('a refusal is told as problem details', async () => {
  const errors = [{ pointer: '/role', detail: 'must be "member" or "admin"' }]
  const answer = await failing(new GrantwireError('invalid_body', 'See `errors`.', { errors }))
  expect(answer.headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  expect(problemOf(answer)).toEqual({
    type: 'https://grantwire.dev/problems/invalid_body',
    title: 'The body has the wrong form',
    status: 400,
    code: 'invalid_body',
    detail: 'See `errors`.',
    errors,
  })
})

test('an error that is about a version names it in the ETag', async () => {
  const answer = await failing(new GrantwireError('version_mismatch', 'Read it again.', { version: 8 }))
  expect(answer.statusCode).toBe(412)
  expect(answer.headers).toMatchObject({ etag: '"8"' })
})

test.each(Object.keys(ERRORS) as ErrorCode[])('%s has the status of its code in line and body', code => {
  const answer = problem(new GrantwireError(code, 'why'))
  expect(answer.statusCode).toBe(ERRORS[code].status)
  expect(problemOf(answer)).toMatchObject({ code, status: ERRORS[code].status, title: ERRORS[code].title })
})

test.each([
  ['an error of the SDK', new Error('User: arn:aws:sts::123456789012:assumed-role/secret is not authorized')],
  ['an internal error of ours', new GrantwireError('internal', 'The gateway refused a post: secret')],
  ['whatever else is thrown', 'secret'],
])('%s is reported to the log and not to the caller', async (_, error) => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const answer = await failing(error)
  expect(answer.statusCode).toBe(500)
  expect(problemOf(answer)).toEqual({
    type: 'https://grantwire.dev/problems/internal',
    title: 'Something went wrong on our side',
    status: 500,
    code: 'internal',
    detail: 'Try again; if it goes on, report the request id request-1.',
  })
  expect(log).toHaveBeenCalledExactlyOnceWith('request failed', { route: 'GET /me', requestId: 'request-1', error })
})

test('what a caller did wrong is no line in the log', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  await failing(new GrantwireError('forbidden', 'no'))
  expect(log).not.toHaveBeenCalled()
})

test('answers without a body have none', () => {
  expect(noContent).toEqual({ statusCode: 204 })
  expect(notModified('"7"')).toEqual({
    statusCode: 304,
    headers: { etag: '"7"', 'cache-control': 'private, no-cache' },
  })
})
