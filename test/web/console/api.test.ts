import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, createApi, explain } from '../../../web/console/api.ts'

const api = createApi('https://api.example', async () => 'token')

function answerWith(status: number, body: string): ReturnType<typeof vi.fn<typeof fetch>> {
  const stub = vi.fn<typeof fetch>(async () => new Response(status === 204 ? null : body, { status }))
  vi.stubGlobal('fetch', stub)
  return stub
}

afterEach(() => vi.unstubAllGlobals())

describe('saving settings', () => {
  it('sends a merge patch for the version that was edited, and no other', async () => {
    const sent = answerWith(200, '{"version":8}')
    await api.update('a|b', 7, { 'report.export': null })
    expect(sent).toHaveBeenCalledExactlyOnceWith('https://api.example/groups/a%7Cb', {
      method: 'PATCH',
      body: '{"report.export":null}',
      headers: { authorization: 'Bearer token', 'content-type': 'application/merge-patch+json', 'if-match': '"7"' },
    })
  })

  it('fails with the problem that the server names', async () => {
    answerWith(
      412,
      '{"code":"version_mismatch","title":"Somebody else was faster","detail":"Read it again.","status":412}',
    )
    const error: unknown = await api.update('a', 7, {}).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 412, problem: { code: 'version_mismatch' } })
    expect(explain(error)).toEqual({ title: 'Somebody else was faster', detail: 'Read it again.' })
  })
})

it('an answer without a body is no error', async () => {
  answerWith(204, '')
  await expect(api.removeMember('a', 'bob')).resolves.toBeUndefined()
})

it('a page of a list is asked for by its cursor', async () => {
  const sent = answerWith(200, '{"members":[],"cursor":null}')
  await api.members('a', 'x/y=')
  expect(sent.mock.calls[0]?.[0]).toBe('https://api.example/groups/a/members?cursor=x%2Fy%3D')
})

describe('what people read', () => {
  it.each([
    [new ApiError(401, undefined), 'Your session has ended'],
    [new ApiError(403, undefined), 'Not allowed'],
    [new TypeError('Failed to fetch'), 'The server cannot be reached'],
    [new ApiError(502, undefined), 'That did not work'],
  ])('about %s', (error, title) => {
    expect(explain(error).title).toBe(title)
  })

  it('is never the HTML of a proxy', async () => {
    answerWith(502, '<html>Bad gateway</html>')
    const error: unknown = await api.me().catch((failure: unknown) => failure)
    expect(explain(error).detail).toBe('The server answered 502')
  })
})
