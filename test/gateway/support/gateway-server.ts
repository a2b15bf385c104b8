import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A request as it came, and on which socket: 1 for the first that was opened. */
export interface Received {
  socket: number
  method: string
  url: string
  /** Lower-case names. */
  headers: Record<string, string>
  body: Buffer
}

/** Does something with the socket that a request came on: writes an answer, or does not. */
export type Behaviour = (socket: Socket, request: Received) => void

/** A server that does on its sockets what each test wants: also what no HTTP server would do. */
export async function startGatewayServer(behave: Behaviour) {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer(socket => {
    const number = ++opened
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    let arrived = Buffer.alloc(0)
    socket.on('data', data => {
      arrived = Buffer.concat([arrived, data])
      const request = parse(arrived, number)
      if (request === undefined) return
      arrived = Buffer.alloc(0)
      received.push(request)
      behave(socket, request)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`,
    received,
    opened: () => opened,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** An answer with a body, as API Gateway makes it. */
export const answer = (
  status: number,
  type?: string,
  body = type === undefined ? '' : `{"message":"${type}"}`,
): string =>
  `HTTP/1.1 ${status} X\r\n${type === undefined ? '' : `x-amzn-ErrorType: ${type}\r\n`}content-length: ${body.length}\r\n\r\n${body}`

function parse(bytes: Buffer, socket: number): Received | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [method = '', url = ''] = line.split(' ')
  const headers = Object.fromEntries(
    lines.map(each => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
  )
  const body = bytes.subarray(end + 4)
  return body.length < Number(headers['content-length'] ?? 0) ? undefined : { socket, method, url, headers, body }
}
