/** What each Lambda needs of AWS: one entry a Lambda, one action for each call that its code makes, and nothing else. */
export interface Needs {
  /** Actions on the settings table. */
  settings?: readonly string[]
  /** Actions on the connections table. */
  connections?: readonly string[]
  /** Sends to the fan-out queue. */
  queue?: boolean
  /** Methods of `/@connections/*` on the WebSocket stage. */
  manage?: readonly ('POST' | 'DELETE')[]
  /** Verifies tokens. */
  tokens?: boolean
  /** Checks the origin of a page. */
  origins?: boolean
  /** Writes versions, so it sets how long the superseded one is kept. */
  versions?: boolean
  /** Seconds; 10 where nothing is said. */
  timeout?: number
  /** MB; Lambda gives CPU in proportion. */
  memory?: number
}

const POST_AND_CLOSE = ['POST', 'DELETE'] as const

export const FUNCTIONS = {
  authorize: { tokens: true, origins: true },
  connect: { settings: ['Query'], connections: ['PutItem', 'BatchWriteItem'] },
  disconnect: { settings: ['Query'], connections: ['BatchWriteItem'] },
  sync: {
    settings: ['Query', 'BatchGetItem', 'DeleteItem'],
    connections: ['GetItem', 'BatchGetItem', 'UpdateItem'],
    manage: POST_AND_CLOSE,
  },
  renew: { settings: ['Query'], connections: ['GetItem', 'UpdateItem'], tokens: true },
  reject: {},
  'update-settings': {
    settings: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
    connections: ['Query', 'UpdateItem', 'BatchWriteItem'],
    versions: true,
    queue: true,
    manage: POST_AND_CLOSE,
    memory: 1769,
  },
  'read-settings': { settings: ['GetItem', 'Query', 'BatchGetItem', 'DeleteItem'] },
  history: { settings: ['GetItem', 'Query'] },
  members: {
    settings: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
    connections: ['Query', 'UpdateItem'],
    manage: ['POST'],
  },
  groups: {
    settings: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
    connections: ['Query', 'UpdateItem', 'BatchWriteItem'],
    versions: true,
    queue: true,
    manage: POST_AND_CLOSE,
    memory: 1769,
  },
  presence: { settings: ['GetItem', 'Query'], connections: ['Query'] },
  events: {
    settings: ['GetItem', 'Query'],
    connections: ['Query', 'UpdateItem', 'BatchWriteItem'],
    queue: true,
    manage: POST_AND_CLOSE,
    memory: 1769,
  },
  'sign-out': { connections: ['Query'], manage: POST_AND_CLOSE },
  'fan-out': {
    settings: ['Query', 'UpdateItem', 'BatchGetItem', 'DeleteItem'],
    connections: ['Query', 'BatchGetItem', 'UpdateItem', 'BatchWriteItem'],
    queue: true,
    manage: POST_AND_CLOSE,
    timeout: 60,
    memory: 1769,
  },
} as const satisfies Record<string, Needs>

export type FunctionName = keyof typeof FUNCTIONS
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[]
