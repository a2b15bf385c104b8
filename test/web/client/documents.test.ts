import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import type { Role, SettingsDocument } from '../../../protocol/documents.ts'
import type { UserUpdated } from '../../../protocol/events.ts'
import type { Subject } from '../../../protocol/ids.ts'
import { createDocuments, type DocumentEvent, type Documents } from '../../../web/client/documents.ts'

const document = (subject: Subject, version: number, role?: Role): SettingsDocument => ({
  subject,
  version,
  settings: { version },
  updatedBy: 'admin',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...(role && { role }),
})

const update = (subject: Subject, version: number): UserUpdated => ({
  event: 'UserUpdated',
  id: `${subject}@${version}`,
  subject,
  version,
  settings: { version },
  change: { version },
  updatedBy: 'admin',
  updatedAt: '2026-01-01T00:00:00.000Z',
})

const answer = (documents: Documents, newer: SettingsDocument[], gone: Subject[] = []) =>
  documents.answer({ ref: documents.ask().ref, documents: newer, gone, more: false })

/** Documents after a first sync: ann is in group a, at version 3. */
function settled(): Documents {
  const documents = createDocuments()
  answer(documents, [document('user:ann', 0), document('group:a', 3, 'member')])
  return documents
}

const versions = (documents: Documents) =>
  Object.fromEntries([...documents.held].map(([s, { version }]) => [s, version]))

describe('the documents', () => {
  it('of the first sync are told as no events', () => {
    const documents = createDocuments()
    const outcome = answer(documents, [document('group:a', 3, 'member')])
    expect(outcome).toEqual({ events: [], changed: true, sync: false })
  })

  it('take a newer version and keep the role', () => {
    const documents = settled()
    expect(documents.push(update('group:a', 4))).toEqual({ events: [update('group:a', 4)], changed: true, sync: false })
    expect(documents.groups).toEqual([{ group: 'a', role: 'member' }])
  })

  it.each([3, 2, 1])('do not go back to version %i', version => {
    const documents = settled()
    expect(documents.push(update('group:a', version))).toEqual({ events: [], changed: false, sync: false })
    expect(answer(documents, [document('group:a', version, 'member')]).events).toEqual([])
    expect(documents.held.get('group:a')!.version).toBe(3)
  })

  it('ignore every answer but the one to the newest sync', () => {
    const documents = settled()
    const { ref } = documents.ask()
    documents.ask()
    documents.answer({ ref, documents: [document('group:b', 1, 'member')], gone: ['group:a'], more: false })
    expect(versions(documents)).toEqual({ 'user:ann': 0, 'group:a': 3 })
    expect(documents.underWay).toBe(true)
  })

  it('drop what the complete answer does not name, and not before it is complete', () => {
    const documents = settled()
    const { ref } = documents.ask(true)
    documents.answer({ ref, documents: [document('user:ann', 0)], gone: [], more: true })
    expect(documents.groups).toHaveLength(1)
    const { events } = documents.answer({ ref, documents: [], gone: [], more: false })
    expect(events).toEqual([{ event: 'MembershipChanged', group: 'a', role: null }])
    expect(documents.groups).toEqual([])
  })

  it('keep a push for an unknown subject while a sync is under way, and take it with the answer', () => {
    const documents = settled()
    const { ref } = documents.ask()
    expect(documents.push(update('group:b', 2))).toMatchObject({ events: [], sync: false })
    expect(documents.push(update('group:b', 1))).toMatchObject({ events: [], sync: false })
    const { events, sync } = documents.answer({
      ref,
      documents: [document('group:b', 1, 'admin')],
      gone: [],
      more: false,
    })
    expect(events).toEqual([{ event: 'MembershipChanged', group: 'b', role: 'admin' }])
    expect(sync).toBe(false)
    expect(documents.held.get('group:b')).toMatchObject({ version: 2, role: 'admin' })
  })

  it('sync again where the answer does not hold the subject of a kept push', () => {
    const documents = settled()
    const { ref } = documents.ask()
    documents.push(update('group:b', 2))
    expect(documents.answer({ ref, documents: [], gone: [], more: false }).sync).toBe(true)
    expect(documents.held.has('group:b')).toBe(false)
  })

  it('sync for a push of an unknown subject, where none is under way', () => {
    expect(settled().push(update('group:b', 1)).sync).toBe(true)
  })

  it('drop at once what a hint takes away, ask for what it changes, and say in which groups the user is an admin', () => {
    const documents = settled()
    expect(documents.hint({ event: 'MembershipChanged', group: 'a', role: 'admin' })).toMatchObject({
      events: [],
      sync: true,
    })
    answer(documents, [document('group:a', 3, 'admin')])
    expect(documents.ask()).toMatchObject({ known: { 'user:ann': 0, 'group:a': 3 }, admin: ['group:a'] })
    expect(documents.hint({ event: 'MembershipChanged', group: 'a', role: null }).events).toHaveLength(1)
    expect(documents.groups).toEqual([])
  })

  it('do not name more in a sync than fits one frame, and keep what was not named where it is answered', () => {
    const documents = createDocuments()
    const many = Array.from({ length: 700 }, (_, i) => document(`group:${String(i).padStart(100, '0')}`, 1, 'member'))
    answer(documents, many)
    const message = documents.ask()
    expect(JSON.stringify(message).length).toBeLessThan(MAX_MESSAGE_BYTES)
    const rest = many.filter(({ subject }) => message.known[subject] === undefined)
    expect(rest.length).toBeGreaterThan(400)
    const { events } = documents.answer({ ref: message.ref, documents: rest, gone: [], more: false })
    expect(events).toEqual([])
    expect(documents.held.size).toBe(700)
  })

  it('are taken as they are from a snapshot, and what differs later is told', () => {
    const documents = createDocuments()
    documents.replace([document('group:a', 3, 'member')])
    expect(documents.take([document('group:a', 4, 'admin')]).events).toMatchObject([
      { event: 'MembershipChanged', group: 'a', role: 'admin' },
      { event: 'UserUpdated', version: 4 },
    ])
  })
})

describe('whatever comes, in whatever order and however often', () => {
  const subjects: Subject[] = ['user:ann', 'group:a', 'group:b']
  const anyVersion = fc.integer({ min: 1, max: 9 })
  const anyGroup = fc.constantFrom('a', 'b')
  const anyRole = fc.constantFrom<Role | null>('member', 'admin', null)
  const anyStep = fc.oneof(
    fc.record({ do: fc.constant('push' as const), subject: fc.constantFrom(...subjects), version: anyVersion }),
    fc.record({ do: fc.constant('hint' as const), group: anyGroup, role: anyRole }),
    fc.record({ do: fc.constant('ask' as const), whole: fc.boolean() }),
    fc.record({
      do: fc.constant('answer' as const),
      back: fc.integer({ min: 0, max: 2 }),
      a: fc.option(anyVersion),
      b: fc.option(anyVersion),
      more: fc.boolean(),
    }),
  )

  it('a held version never falls, every event is told once, and the events lead to what is held', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), steps => {
        const documents = settled()
        const told: DocumentEvent[] = []
        const model = new Map<string, number>([['group:a', 3]])
        const members = new Set(['a'])
        const refs: number[] = [documents.ref]
        for (const step of steps) {
          const before = new Map([...documents.held].map(([subject, { version }]) => [subject, version]))
          const outcome =
            step.do === 'push'
              ? documents.push(update(step.subject, step.version))
              : step.do === 'hint'
                ? documents.hint({ event: 'MembershipChanged', group: step.group, role: step.role })
                : step.do === 'ask'
                  ? void refs.push(documents.ask(step.whole).ref)
                  : documents.answer({
                      ref: refs.at(-1 - step.back) ?? 0,
                      documents: [
                        document('user:ann', 0),
                        ...(step.a ? [document('group:a', step.a, 'member')] : []),
                        ...(step.b ? [document('group:b', step.b, 'admin')] : []),
                      ],
                      gone: [],
                      more: step.more,
                    })
          for (const [subject, version] of before)
            expect(documents.held.get(subject)?.version ?? Infinity).toBeGreaterThanOrEqual(version)
          told.push(...(outcome?.events ?? []))
        }
        for (const event of told)
          if (event.event === 'MembershipChanged') {
            if (event.role) members.add(event.group)
            else {
              members.delete(event.group)
              model.delete(`group:${event.group}`)
            }
          } else {
            expect(event.version).toBeGreaterThan(model.get(event.subject) ?? 0)
            model.set(event.subject, event.version)
          }
        expect(documents.groups.map(({ group }) => group)).toEqual([...members].sort())
        for (const [subject, version] of model) expect(documents.held.get(subject as Subject)?.version).toBe(version)
      }),
      { numRuns: 2_000 },
    )
  })
})
