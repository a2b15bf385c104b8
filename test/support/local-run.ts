import { DeleteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { startStack, type LocalStack, type StackOptions } from '../../local/stack.ts'
import { readAssembly } from '../../local/template/assembly.ts'
import { getToken } from '../../local/tokens.ts'
import { checkAnswer } from './reference.ts'

/** A stack of the template that `cdk synth` wrote, on any free ports. Its log goes to `lines`. */
export async function startLocalRun(options: Partial<StackOptions> = {}): Promise<LocalRun> {
  const lines: string[] = []
  const stack = await startStack({ ...whereItLives(), log: line => lines.push(line), ...options })
  return new LocalRun(stack, lines)
}

/** With a DynamoDB that several runs share, each has tables of its own. */
function whereItLives(): Pick<StackOptions, 'assembly' | 'dynamoDbEndpoint'> {
  const endpoint = process.env['DYNAMODB_ENDPOINT']
  if (endpoint === undefined) return { assembly: 'cdk.out' }
  const stackName = `Grantwire-${randomBytes(4).toString('hex')}`
  return { assembly: { ...readAssembly('cdk.out'), stackName }, dynamoDbEndpoint: endpoint }
}

export interface Answer<T = Record<string, unknown>> {
  status: number
  headers: Headers
  body: T
}

type Json = Record<string, unknown>

/** A running stack, and how its users talk to it. */
export class LocalRun {
  readonly stack: LocalStack
  readonly lines: string[]
  readonly #tokens = new Map<string, Promise<string>>()
  readonly #sockets = new Set<TestSocket>()
  #isCutOff = false

  constructor(stack: LocalStack, lines: string[]) {
    this.stack = stack
    this.lines = lines
  }

  /** A token of this user, or of the service. */
  token(user: string): Promise<string> {
    const known = this.#tokens.get(user)
    if (known !== undefined) return known
    const token = getToken(this.stack, { who: user === 'service' ? 'service' : { user } })
    this.#tokens.set(user, token)
    return token
  }

  /** A request of a user to the HTTP API. A string is sent as it is, anything else as JSON. Fails where the reference knows no such answer. */
  async request<T = Json>(
    user: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await fetch(`${this.stack.httpUrl}${path}`, {
      method,
      headers: {
        ...(user === undefined ? {} : { authorization: `Bearer ${await this.token(user)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/merge-patch+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const json: unknown = text === '' ? undefined : JSON.parse(text)
    checkAnswer(method, path, answer.status, answer.headers.get('content-type'), json)
    return { status: answer.status, headers: answer.headers, body: (json ?? {}) as T }
  }

  /** A group with its first admin and members. */
  async makeGroup(group: string, admin: string, members: string[] = [], settings: Json = {}): Promise<void> {
    await this.expect(201, 'service', 'PUT', `/groups/${group}`, { admin, settings })
    for (const user of members)
      await this.expect(201, admin, 'PUT', `/groups/${group}/members/${user}`, { role: 'member' })
  }

  async expect(status: number, ...request: Parameters<LocalRun['request']>): Promise<Answer> {
    const answer = await this.request(...request)
    if (answer.status !== status)
      throw new Error(`${request.slice(0, 3).join(' ')} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer
  }

  /** An open socket of a user. */
  async connect(user: string, token?: string): Promise<TestSocket> {
    const socket = new TestSocket(this.stack.webSocketUrl, [
      'grantwire.v1',
      `bearer.${token ?? (await this.token(user))}`,
    ])
    this.#sockets.add(socket)
    await socket.opened
    return socket
  }

  /** A socket of a user that has synced. */
  async join(user: string, known: Json = {}): Promise<TestSocket> {
    const socket = await this.connect(user)
    socket.send({ event: 'sync', known })
    await socket.next('Synced')
    return socket
  }

  /** Waits until something holds, which has no event of its own. @throws Error after `TestSocket.patience`, or once cut off */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = Date.now() + TestSocket.patience
    while (!(await holds())) {
      if (Date.now() > end || this.#isCutOff) throw new Error(what)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  /** Cuts every socket and ends every wait: nothing more will come of what is under way. */
  cutOff(): void {
    this.#isCutOff = true
    for (const socket of this.#sockets) socket.terminate()
    this.#sockets.clear()
  }

  /** Things can be waited for again. */
  resume(): void {
    this.#isCutOff = false
  }

  /** Has the next posts to a connection answered with 500. */
  failPosts(connection: string, times: number): void {
    this.stack.faults.add({ on: 'execute-api:POST', fault: 'error', connection, times })
  }

  /** Every item of a table. */
  async items(part: 'Settings' | 'Connections'): Promise<Json[]> {
    const client = DynamoDBDocumentClient.from(this.stack.dynamoDb.client)
    const items: Json[] = []
    for await (const page of paginateScan({ client }, { TableName: this.tableName(part), ConsistentRead: true }))
      items.push(...(page.Items ?? []))
    return items
  }

  /** How many connections of the user are recorded. */
  async connections(user: string): Promise<number> {
    return (await this.#userRows(user)).length
  }

  /** The ids of the user's connections that are recorded. */
  async connectionIds(user: string): Promise<string[]> {
    return (await this.#userRows(user)).map(({ sk }) => sk!.S!)
  }

  /** Waits until no connection of the user is recorded any more: `$disconnect` runs on its own. */
  async gone(user: string): Promise<void> {
    while ((await this.connections(user)) > 0) continue
  }

  /** Deletes the rows of a user's connections, as if they had been lost. */
  async deleteRows(user: string): Promise<void> {
    for (const { pk, sk } of await this.#userRows(user))
      await this.stack.dynamoDb.client.send(
        new DeleteItemCommand({ TableName: this.tableName('Connections'), Key: { pk: pk!, sk: sk! } }),
      )
  }

  async #userRows(user: string) {
    const { Items = [] } = await this.stack.dynamoDb.client.send(
      new QueryCommand({
        TableName: this.tableName('Connections'),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `USER#${user}` } },
        ConsistentRead: true,
      }),
    )
    return Items
  }

  /** The name of a table. */
  tableName(part: 'Settings' | 'Connections'): string {
    return this.stack.template.tables().find(({ tableName }) => tableName.includes(part))!.tableName
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate()
    await this.stack.close()
  }
}

/** A WebSocket whose events can be waited for, in the order in which they came. */
export class TestSocket {
  readonly socket: WebSocket
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; reason: string }>
  readonly received: Json[] = []
  /** How long `next` waits, ms; a test that looks for failures shortens it. */
  static patience = 10_000
  #waiting: { event: string | undefined; resolve: (message: Json) => void; reject: (error: Error) => void }[] = []

  constructor(url: string, protocols: string[], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, protocols, { headers })
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', () => resolve())
      this.socket.once('error', reject)
    })
    this.opened.catch(() => undefined)
    this.closed = new Promise(resolve => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        for (const { event, reject } of this.#waiting.splice(0))
          reject(new Error(`the socket closed with ${code} before ${event ?? 'anything'} came`))
      })
    })
    this.socket.on('error', () => undefined)
    this.socket.on('message', data => {
      const message = JSON.parse((data as Buffer).toString()) as Json
      const index = this.#waiting.findIndex(({ event }) => event === undefined || event === message['event'])
      const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1)
      if (waiting === undefined) this.received.push(message)
      else waiting.resolve(message)
    })
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The next event of this name (or any) that was not waited for yet. Fails after `ms`, with what came instead. */
  next(event?: string, ms = TestSocket.patience): Promise<Json> {
    const index = this.received.findIndex(message => event === undefined || message['event'] === event)
    const [found] = index < 0 ? [] : this.received.splice(index, 1)
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${event ?? 'event'} within ${ms} ms; received ${JSON.stringify(this.received)}`)),
        ms,
      )
      this.#waiting.push({
        event,
        resolve(message) {
          clearTimeout(timer)
          resolve(message)
        },
        reject(error) {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
  }

  /**
   * Everything that has come so far: asks for an answer and waits for it, so that what was posted before is here. Posts and
   * answers to one connection come in the order in which the gateway took them.
   */
  async drain(): Promise<Json[]> {
    this.send({ event: 'nothing-of-ours' })
    await this.next('Error')
    return this.received.splice(0)
  }

  terminate(): void {
    this.socket.terminate()
  }
}
