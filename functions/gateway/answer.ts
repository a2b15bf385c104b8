/**
 * Where the answer to a post ends, and what it says (RFC 9112). A post needs its status and nothing else, so bodies are
 * skipped; whatever is not plainly HTTP/1 is an error, and costs the socket.
 */

export interface Answer {
  status: number
  /** Whether the socket is good for another request. */
  keeps: boolean
}

/** Answers of API Gateway take less than a kilobyte: whoever sends this much sends something else. */
const MOST_BYTES = 64 * 1024
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?\r\n/
const LENGTH = /\r\ncontent-length:[ \t]*([^\r\n]*?)[ \t]*\r\n/i
const CODING = /\r\ntransfer-encoding:[ \t]*([^\r\n]*?)[ \t]*\r\n/i
const CLOSES = /\r\nconnection:[^\r\n]*\bclose\b/i
const CHUNK_SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i

/**
 * @param text what has arrived since the request was sent, one character a byte (latin1)
 * @param ended whether the other side has closed: an answer of unknown length ends with that
 * @returns undefined while the answer is not whole
 * @throws Error where it is no HTTP/1 answer
 */
export function readAnswer(text: string, ended = false): Answer | undefined {
  if (text.length > MOST_BYTES) throw new Error('the answer is too long')
  for (let start = 0; ;) {
    const blank = text.indexOf('\r\n\r\n', start)
    if (blank < 0) return undefined
    const head = text.slice(start, blank + 2)
    const line = STATUS_LINE.exec(head)
    if (line === null) throw new Error('the answer does not begin as one of HTTP/1')
    const status = Number(line[2])
    start = blank + 4
    // 100 and 103 come before the answer.
    if (status < 200) continue
    const end = status === 204 || status === 304 ? start : bodyEnd(text, start, head)
    if (end === Infinity && ended) return { status, keeps: false }
    if (end === undefined || end > text.length) return undefined
    // More than the answer: nobody asked for it, so nobody knows what it is.
    return { status, keeps: line[1] === '1' && end === text.length && !CLOSES.test(head) }
  }
}

/** May lie behind what has arrived. Undefined where it is not known yet, Infinity where it is where the socket ends. */
function bodyEnd(text: string, start: number, head: string): number | undefined {
  const coding = CODING.exec(head)?.[1]
  const length = LENGTH.exec(head)?.[1]
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked' || length !== undefined) throw new Error('the answer’s length is ambiguous')
    return chunkedEnd(text, start)
  }
  if (length === undefined) return Infinity
  if (!/^\d{1,9}$/.test(length)) throw new Error('the answer’s length is no number')
  return start + Number(length)
}

function chunkedEnd(text: string, start: number): number | undefined {
  for (let at = start; ;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = parseInt(CHUNK_SIZE.exec(text.slice(at, lineEnd))?.[1] ?? '', 16)
    if (Number.isNaN(size)) throw new Error('a chunk’s size is no number')
    if (size === 0) {
      // Trailers, if any, end with an empty line.
      const blank = text.indexOf('\r\n\r\n', lineEnd)
      return blank < 0 ? undefined : blank + 4
    }
    at = lineEnd + 2 + size
    if (at + 2 > text.length) return undefined
    if (!text.startsWith('\r\n', at)) throw new Error('a chunk does not end where it should')
    at += 2
  }
}
