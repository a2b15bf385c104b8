import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  audienceKey,
  segmentEnd,
  splitRest,
  userHash,
  WHOLE_AUDIENCE,
  type Segment,
} from '../../functions/core/audience.ts'
import { leftJoin } from '../../functions/core/merge-join.ts'

const id = fc.stringMatching(/^[A-Za-z0-9._@|:=+-]{1,20}$/)
const holds = (segment: Segment, key: string): boolean => key > segment.after && key <= segmentEnd(segment)

test('connections sort as their users’ memberships do', () => {
  fc.assert(
    fc.property(id, id, id, id, (a, b, c1, c2) => {
      fc.pre(a !== b)
      expect(`${audienceKey(a)}#${c1}` < `${audienceKey(b)}#${c2}`).toBe(audienceKey(a) < audienceKey(b))
    }),
  )
})

test('the whole audience holds every connection', () => {
  fc.assert(
    fc.property(id, id, (user, connection) => {
      expect(holds(WHOLE_AUDIENCE, `${audienceKey(user)}#${connection}`)).toBe(true)
    }),
  )
})

test('the rest of a segment is split into pieces that hold each key after the last one exactly once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(id, { minLength: 2, maxLength: 60 }),
      fc.nat(),
      fc.integer({ min: 1, max: 20 }),
      (users, cut, perSegment) => {
        const keys = users.map(user => `${audienceKey(user)}#c`).sort()
        const last = keys[cut % keys.length] ?? ''
        const rest = splitRest(WHOLE_AUDIENCE, last, (cut % keys.length) + 1, perSegment)
        for (const key of keys) expect(rest.filter(segment => holds(segment, key))).toHaveLength(key > last ? 1 : 0)
        expect(rest.length).toBeLessThanOrEqual(256)
      },
    ),
  )
})

test('a segment of the rest is as wide as its share of the audience', () => {
  const rest = splitRest(WHOLE_AUDIENCE, '0f#user#c', 2_000, 5_000)
  // 2,000 rows in 16 prefixes: 125 each, so 40 prefixes hold 5,000.
  expect(rest[1]).toEqual({ after: '36~', to: '5e' })
  expect(rest).toHaveLength(Math.ceil((256 - 15) / 40))
})

test('users spread over all prefixes', () => {
  const prefixes = new Set(Array.from({ length: 5_000 }, (_, i) => userHash(`user-${i}`)))
  expect(prefixes.size).toBe(256)
})

test('a join gives each left item its right one, and goes through both once', async () => {
  async function* stream<T>(items: T[]) {
    yield* items
  }
  const left = ['a1', 'a2', 'b1', 'd1', 'd2', 'f1']
  const right = ['a', 'c', 'd', 'e']
  const joined: [string, string | undefined][] = []
  for await (const pair of leftJoin(
    stream(left),
    stream(right),
    l => l.slice(0, 1),
    r => r,
  ))
    joined.push(pair)
  expect(joined).toEqual([
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', undefined],
    ['d1', 'd'],
    ['d2', 'd'],
    ['f1', undefined],
  ])
})
