import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { STARTING, TRANSITIONS, transition, type Connection, type Input } from '../../../web/client/machine.ts'

const drawing = /```mermaid\n([^`]*)```/.exec(readFileSync('docs/client.md', 'utf8'))?.[1] ?? ''

it('the drawing in docs/client.md shows the table, and nothing else', () => {
  const drawn = [...drawing.matchAll(/^ {2}(\w+) --> (\w+): (\w+)$/gm)].map(
    ([, from, to, input]) => `${from} ${input} ${to}`,
  )
  const table = Object.entries(TRANSITIONS).flatMap(([from, inputs]) =>
    Object.entries(inputs).map(([input, to]) => `${from} ${input} ${to}`),
  )
  expect(drawn.sort()).toEqual(table.sort())
  expect(drawing).toContain(`[*] --> ${STARTING.state}`)
})

it('an input that a state does not list changes nothing', () => {
  const inputs: Input[] = ['dial', 'synced', 'lost', 'fallback', 'end']
  const closed: Connection = { state: 'closed', reason: 'closed' }
  for (const input of inputs) expect(transition(closed, input, 'dropped')).toBe(closed)
  const polling: Connection = { state: 'polling', reason: 'refused' }
  expect(transition(polling, 'lost', 'dropped')).toBe(polling)
})

it('an attempt keeps the reason for which it is made', () => {
  const waiting = transition({ state: 'connected', reason: 'synced' }, 'lost', 'dropped')
  expect(waiting).toEqual({ state: 'waiting', reason: 'dropped' })
  expect(transition(waiting, 'dial')).toEqual({ state: 'connecting', reason: 'dropped' })
})
