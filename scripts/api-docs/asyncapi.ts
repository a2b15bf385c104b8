import type { GenericSchema } from 'valibot'
import * as events from '../../protocol/schemas/events.ts'
import { renewMessage, syncMessage } from '../../protocol/schemas/messages.ts'
import { BEARER_PREFIX, KEEP_ALIVE_SECONDS, SUBPROTOCOL } from '../../protocol/limits.ts'
import { HTTP_SCHEMAS } from './components.ts'
import { jsonSchemas, referenceTo } from './schemas.ts'

interface MessageText {
  schema: GenericSchema
  summary: string
}

/** What a client sends, with what answers it. */
export const CLIENT_MESSAGES: Readonly<Record<string, MessageText & { replies: readonly string[] }>> = {
  Sync: {
    schema: syncMessage,
    summary: `What the client knows. The first message, then the keep-alive: at the latest every ${KEEP_ALIVE_SECONDS / 60} minutes, and whenever the client comes back.`,
    replies: ['Synced', 'Error', 'SignedOut'],
  },
  Renew: {
    schema: renewMessage,
    summary: 'A fresh token of the same user, so that deliveries go on.',
    replies: ['Renewed', 'Error'],
  },
}

/** What the server sends. */
export const SERVER_EVENTS: Readonly<Record<string, MessageText>> = {
  UserUpdated: { schema: events.userUpdated, summary: 'A version was committed; carries the whole document.' },
  MembershipChanged: {
    schema: events.membershipChanged,
    summary: 'The user was added, removed (role null) or given another role. A hint: sync.',
  },
  Synced: { schema: events.synced, summary: 'The answer to sync, or a part of it where `more` is true.' },
  Renewed: { schema: events.renewed, summary: 'The answer to renew.' },
  SignedOut: { schema: events.signedOut, summary: 'The server closes the connection right after this.' },
  Error: { schema: events.errorEvent, summary: 'A message could not be taken. The connection stays open.' },
  CustomEvent: { schema: events.customEvent, summary: 'Any other name: an event that an admin or a service sent.' },
}

/** Events that come without having been asked for. */
const PUSHED = ['UserUpdated', 'MembershipChanged', 'SignedOut', 'CustomEvent']

const CHANNEL = { $ref: '#/channels/connection' }
const messageOf = (name: string) => ({ $ref: `#/channels/connection/messages/${name}` })
const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** AsyncAPI 3 of the WebSocket API, from the server's side: it receives what clients send. */
export function asyncApi(version: string): object {
  const messages = { ...CLIENT_MESSAGES, ...SERVER_EVENTS }
  const schemas = Object.fromEntries(Object.entries(messages).map(([name, { schema }]) => [name, schema]))
  const { Id, Role, Subject, Settings, Change, SettingsDocument, ErrorCode } = HTTP_SCHEMAS
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Grantwire WebSocket API',
      version,
      description: `One JSON object a text frame, told apart by \`event\`. Connect with the subprotocols \`${SUBPROTOCOL}\` and \`${BEARER_PREFIX}<access token>\`; the server chooses the first. Binary frames close the connection (1003).`,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      aws: {
        host: '{api}.execute-api.{region}.amazonaws.com',
        pathname: '/prod',
        protocol: 'wss',
        description: 'A deployment: the output WebSocketUrl',
        variables: { api: { default: 'abc123' }, region: { default: 'eu-west-1' } },
      },
      local: { host: '127.0.0.1:3002', pathname: '/prod', protocol: 'ws', description: 'The local run' },
    },
    channels: {
      connection: {
        address: '/',
        messages: Object.fromEntries(
          Object.keys(messages).map(name => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              properties: {
                'Sec-WebSocket-Protocol': { type: 'string', examples: [`${SUBPROTOCOL}, ${BEARER_PREFIX}eyJhbGciOi…`] },
              },
              required: ['Sec-WebSocket-Protocol'],
            },
          },
        },
      },
    },
    operations: operations(),
    components: {
      messages: Object.fromEntries(
        Object.entries(messages).map(([name, { summary }]) => [name, { name, summary, payload: referenceTo(name) }]),
      ),
      schemas: jsonSchemas({ Id, Role, Subject, Settings, Change, SettingsDocument, ErrorCode, ...schemas }),
    },
  }
}

/** What clients send is received, and replied to; what is no reply is sent by the server's own accord. */
function operations(): Record<string, object> {
  const all: Record<string, object> = {}
  for (const [name, { replies }] of Object.entries(CLIENT_MESSAGES))
    all[lower(name)] = {
      action: 'receive',
      channel: CHANNEL,
      messages: [messageOf(name)],
      reply: { channel: CHANNEL, messages: replies.map(messageOf) },
    }
  for (const name of PUSHED) all[lower(name)] = { action: 'send', channel: CHANNEL, messages: [messageOf(name)] }
  return all
}
