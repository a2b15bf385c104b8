import { describe, expect, it } from 'vitest'
import { MAX_SETTINGS_BYTES } from '../../../protocol/limits.ts'
import { findProblem, parseSettings, show } from '../../../web/console/settings/parse.ts'

const problem = (text: string): string => {
  const parsed = parseSettings(text)
  return parsed.ok ? 'none' : parsed.problem
}

describe('settings typed as JSON', () => {
  it('are taken when they are an object', () => {
    expect(parseSettings('{ "a": [null, 1] }')).toEqual({ ok: true, value: { a: [null, 1] } })
  })

  it.each([
    ['{ "a": ', /not JSON/],
    ['[1]', /are an object/],
    ['null', /are an object/],
    ['{ "a": { "b": null } }', /^a\.b cannot be null/],
    [`{ "a": "${'x'.repeat(MAX_SETTINGS_BYTES)}" }`, /at most 28672 bytes/],
    [`{ "a": ${'['.repeat(40)}${']'.repeat(40)} }`, /nests deeper than 32/],
  ])('say what is wrong with %.20s', (text, expected) => {
    expect(problem(text)).toMatch(expected)
  })

  it('count bytes, not characters', () => {
    expect(problem(JSON.stringify({ a: 'é'.repeat(MAX_SETTINGS_BYTES / 2) }))).toMatch(/bytes/)
  })
})

it('an emptied number field cannot be saved', () => {
  expect(findProblem({ limit: Number.NaN })).toBe('limit needs a number.')
})

it('shows text as it is and everything else as JSON', () => {
  expect([show('x'), show(''), show(true), show([1]), show(undefined)]).toEqual([
    'x',
    '(empty)',
    'true',
    '[1]',
    'not set',
  ])
})
