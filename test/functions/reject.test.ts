import { expect, test } from 'vitest'
import { handler } from '../../functions/reject.ts'
import { webSocketEvent } from './websocket-event.ts'

test.each(['hello', '{"event":"subscribe"}', '{}', ''])('%j is answered, and the connection stays open', async body => {
  expect(await handler(webSocketEvent(body))).toEqual({
    statusCode: 200,
    body: JSON.stringify({
      event: 'Error',
      code: 'unknown_event',
      message: 'Send a JSON object whose "event" is "sync" or "renew".',
      retryable: false,
    }),
  })
})
