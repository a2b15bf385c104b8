import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnswer } from '../../functions/gateway/answer.ts'

const ok = 'HTTP/1.1 200 OK\r\n'

const WHOLE: [string, string, { status: number; keeps: boolean }][] = [
  ['of no length', `${ok}content-length: 0\r\n\r\n`, { status: 200, keeps: true }],
  ['with a body', `HTTP/1.1 410 Gone\r\nContent-Length: 5\r\n\r\nhello`, { status: 410, keeps: true }],
  ['without a reason', 'HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n', { status: 429, keeps: true }],
  ['without content', 'HTTP/1.1 204 No Content\r\nx: y\r\n\r\n', { status: 204, keeps: true }],
  [
    'in chunks',
    `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`,
    { status: 200, keeps: true },
  ],
  [
    'in no chunk but a trailer',
    `${ok}Transfer-Encoding: Chunked\r\n\r\n0\r\na: b\r\n\r\n`,
    { status: 200, keeps: true },
  ],
  [
    'after two that announce it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\n${ok}content-length: 1\r\n\r\nx`,
    { status: 200, keeps: true },
  ],
  ['that closes', `${ok}connection: Close\r\ncontent-length: 0\r\n\r\n`, { status: 200, keeps: false }],
  ['of HTTP/1.0', 'HTTP/1.0 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n', { status: 502, keeps: false }],
]

describe('an answer', () => {
  test.each(WHOLE)('%s is read where it ends and not before, however it arrives', (_, text, answer) => {
    for (let end = 0; end < text.length; end++) expect(readAnswer(text.slice(0, end))).toBeUndefined()
    expect(readAnswer(text)).toEqual(answer)
  })

  test.each(WHOLE)('%s with more behind it costs the socket', (_, text, { status }) => {
    expect(readAnswer(`${text}x`)).toEqual({ status, keeps: false })
  })

  test('of unknown length ends when the other side closes', () => {
    expect(readAnswer(`${ok}a: b\r\n\r\nsome`)).toBeUndefined()
    expect(readAnswer(`${ok}a: b\r\n\r\nsome`, true)).toEqual({ status: 200, keeps: false })
  })

  test.each([
    ['a body', `${ok}content-length: 5\r\n\r\nhell`],
    ['a chunk', `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhell`],
    ['the head', `${ok}content-length: 0\r\n`],
  ])('that was cut off in %s is none', (_, text) => {
    expect(readAnswer(text, true)).toBeUndefined()
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a length that is none', `${ok}content-length: 5, 5\r\n\r\nhello`],
    ['a negative length', `${ok}content-length: -1\r\n\r\n`],
    ['two lengths', `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['another coding', `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk of no size', `${ok}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['a chunk that is longer than it says', `${ok}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n`],
    ['more than any answer has', `${ok}content-length: 99999\r\n\r\n${'x'.repeat(70_000)}`],
  ])('of %s is refused', (_, text) => {
    expect(() => readAnswer(text)).toThrow()
  })

  test('is never read from noise, and noise never hangs the reader', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), fc.boolean(), (text, ended) => {
        try {
          expect(readAnswer(text, ended)).toBeUndefined()
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
