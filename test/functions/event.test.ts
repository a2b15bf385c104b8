import { afterEach, expect, test, vi } from 'vitest'
import { MAX_KNOWN_SUBJECTS } from '../../protocol/limits.ts'
import { renewMessage, syncMessage } from '../../protocol/schemas/messages.ts'
import { GrantwireError } from '../../functions/core/errors.ts'
import { answerMessage, readConnection } from '../../functions/websocket/event.ts'
import { webSocketEvent } from './websocket-event.ts'

afterEach(() => vi.restoreAllMocks())

const renewed = { event: 'Renewed', tokenExpiresAt: '2026-01-01T01:00:00.000Z' } as const
const replyTo = async (body: string | undefined, run: Parameters<typeof answerMessage<typeof syncMessage>>[2]) => {
  const answer = await answerMessage(webSocketEvent(body), syncMessage, run)
  if (typeof answer === 'string') throw new Error('not a proxy result')
  return { ...answer, event: answer.body === undefined ? undefined : (JSON.parse(answer.body) as unknown) }
}
const notRun = async () => {
  throw new Error('a bad message does nothing')
}

test('the connection is what the authorizer said, as numbers again', () => {
  expect(readConnection(webSocketEvent())).toEqual({
    connectionId: 'R0oXAdfD0kwCH6w=',
    user: 'bob',
    connectedAt: 1_767_225_600_000,
    tokenExpiresAt: 1_767_229_200_000,
  })
})

test('a good message is answered over the connection', async () => {
  const run = vi.fn(async () => renewed)
  const body = '{"event":"sync","ref":7,"known":{"group:eng":3}}'
  expect(await replyTo(body, run)).toMatchObject({ statusCode: 200, event: renewed })
  expect(run).toHaveBeenCalledExactlyOnceWith({ event: 'sync', ref: 7, known: { 'group:eng': 3 } })
})

test('a sync need not name what it knows', async () => {
  const run = vi.fn(async () => renewed)
  await replyTo('{"event":"sync"}', run)
  expect(run).toHaveBeenCalledExactlyOnceWith({ event: 'sync', known: {} })
})

test('where nobody is left to be answered, nothing is', async () => {
  expect(await replyTo('{"event":"sync"}', async () => undefined)).toEqual({ statusCode: 200, event: undefined })
})

const tooMany = Object.fromEntries(Array.from({ length: MAX_KNOWN_SUBJECTS + 1 }, (_, i) => [`group:${i}`, 1]))

test.each([
  ['nothing', undefined],
  ['what is not JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['another event', '{"event":"renew"}'],
  ['a subject of no kind', '{"event":"sync","known":{"team:eng":1}}'],
  ['a subject with a bad id', '{"event":"sync","known":{"group:a/b":1}}'],
  ['a version below zero', '{"event":"sync","known":{"group:eng":-1}}'],
  ['a version that is text', '{"event":"sync","known":{"group:eng":"1"}}'],
  ['a ref that is an object', '{"event":"sync","ref":{}}'],
  ['a ref that is too long', `{"event":"sync","ref":"${'r'.repeat(65)}"}`],
  ['too many subjects', JSON.stringify({ event: 'sync', known: tooMany })],
])('a message of %s is answered with an error', async (_, body) => {
  expect(await replyTo(body, notRun)).toMatchObject({
    statusCode: 200,
    event: { event: 'Error', code: 'invalid_message', retryable: false },
  })
})

test('an error echoes the ref of its message', async () => {
  expect(await replyTo('{"event":"sync","ref":"r1","known":7}', notRun)).toMatchObject({ event: { ref: 'r1' } })
})

test('an error says in short where it is, and repeats no token', async () => {
  const token = 't'.repeat(10_000)
  const answer = await answerMessage(webSocketEvent(JSON.stringify({ event: 'renew', token })), renewMessage, notRun)
  expect(JSON.stringify(answer)).toContain('token: ')
  expect(JSON.stringify(answer).length).toBeLessThan(1_000)
})

test('a refusal is told with its code', async () => {
  const refuse = async () => {
    throw new GrantwireError('forbidden', 'The token is another user’s.')
  }
  expect((await replyTo('{"event":"sync","ref":1}', refuse)).event).toEqual({
    event: 'Error',
    code: 'forbidden',
    message: 'The token is another user’s.',
    retryable: false,
    ref: 1,
  })
})

test('a fault of ours may be tried again and leaks nothing', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const error = new Error('secret')
  const fail = async () => {
    throw error
  }
  expect((await replyTo('{"event":"sync"}', fail)).event).toEqual({
    event: 'Error',
    code: 'unavailable',
    message: 'Try again in a moment. Request id request-1.',
    retryable: true,
  })
  expect(log).toHaveBeenCalledExactlyOnceWith('message failed', { route: 'sync', requestId: 'request-1', error })
})
