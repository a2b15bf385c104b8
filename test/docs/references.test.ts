import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { Parser } from '@asyncapi/parser'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, expect, test, vi } from 'vitest'
import { ERRORS } from '../../protocol/codes.ts'
import { RESERVED_EVENTS } from '../../protocol/events.ts'
import { CLIENT_MESSAGES, SERVER_EVENTS } from '../../scripts/api-docs/asyncapi.ts'
import { ROUTES } from '../../scripts/api-docs/routes.ts'
import { references } from '../../scripts/api-docs.ts'

// The routes of a Lambda instead of a handler around them.
vi.mock('../../functions/http/handler.ts', () => ({ httpHandler: (routes: object) => routes }))
for (const name of [
  'SETTINGS_TABLE',
  'CONNECTIONS_TABLE',
  'CONNECTIONS_URL',
  'FAN_OUT_QUEUE_URL',
  'ISSUER',
  'AUDIENCE',
])
  vi.stubEnv(name, 'https://example.com')
vi.stubEnv('ALLOWED_ORIGINS', 'https://example.com')
vi.stubEnv('AWS_REGION', 'eu-west-1')
afterAll(() => vi.unstubAllEnvs())

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')

test.each(Object.entries(references()))('%s is current; if not, run node scripts/api-docs.ts', (path, text) => {
  expect(read(path)).toBe(text)
})

test('the reference has every route that a Lambda answers, and no other', async () => {
  const files = readdirSync(resolve(root, 'functions')).flatMap(name => (name.endsWith('.ts') ? name.slice(0, -3) : []))
  const handlers = await Promise.all(
    files.map(async name => ((await import(`../../functions/${name}.ts`)) as { handler: object }).handler),
  )
  const routes = handlers.flatMap(handler => (typeof handler === 'function' ? [] : Object.keys(handler)))
  expect(Object.keys(ROUTES).sort()).toEqual(routes.sort())
})

test('a route that takes a body or pages names what can be wrong with it', () => {
  for (const [key, { body, paged, problems }] of Object.entries(ROUTES)) {
    expect(problems.includes('invalid_body'), key).toBe(body !== undefined)
    expect(problems.includes('invalid_cursor'), key).toBe(paged !== undefined)
  }
})

test('the reference has every message and every event of the WebSocket', () => {
  const names = [...Object.values(SERVER_EVENTS), ...Object.values(CLIENT_MESSAGES)].flatMap(({ schema }) => {
    const { entries } = schema as unknown as { entries: { event: { literal?: string } } }
    return entries.event.literal ?? []
  })
  expect(names.sort()).toEqual([...RESERVED_EVENTS].sort())
})

test('the OpenAPI description keeps the rules of its linter', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const source = read('docs/openapi.json')
  const problems = await lintFromString({ source, absoluteRef: resolve(root, 'docs/openapi.json'), config })
  expect(problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([])
})

test('the AsyncAPI description keeps the rules of its parser', { timeout: 60_000 }, async () => {
  const problems = await new Parser().validate(read('docs/asyncapi.json'))
  expect(problems.map(({ code, path, message }) => `${code} ${path.join('/')}: ${message}`)).toEqual([])
})

test('the table of error codes in docs/protocol.md is that of the code', () => {
  const rows = [...read('docs/protocol.md').matchAll(/^\| `(\w+)` +\| (\d{3}) +\| ([^|]+?) +\|/gm)]
  expect(rows.map(([, code, status, title]) => [code, Number(status), title])).toEqual(
    Object.entries(ERRORS).map(([code, { status, title }]) => [code, status, title]),
  )
})
