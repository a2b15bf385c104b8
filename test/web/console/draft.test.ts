import { describe, expect, it } from 'vitest'
import type { Settings } from '../../../protocol/documents.ts'
import { changeDraft, isDirty, openDraft, type Draft, type DraftAction } from '../../../web/console/settings/draft.ts'

const version = (number: number, settings: Settings, updatedBy = 'alice') => ({ version: number, settings, updatedBy })
const play = (draft: Draft, ...actions: DraftAction[]): Draft => actions.reduce(changeDraft, draft)
const start = () => openDraft(version(1, { approve: true, limit: 500, theme: 'light' }))

describe('settings under edit', () => {
  it('follow a newer version while nothing was typed', () => {
    const draft = play(start(), { do: 'arrive', version: version(2, { approve: false }) })
    expect(draft.base.version).toBe(2)
    expect(draft.edited).toEqual({ approve: false })
    expect(isDirty(draft)).toBe(false)
  })

  it('never go back to an older version', () => {
    const draft = start()
    expect(play(draft, { do: 'arrive', version: version(1, {}) })).toBe(draft)
  })

  it('are clean again when what arrives is what was saved', () => {
    const draft = play(
      start(),
      { do: 'set', key: 'limit', value: 900 },
      { do: 'arrive', version: version(2, { approve: true, limit: 900, theme: 'light' }) },
    )
    expect(draft.incoming).toBeUndefined()
    expect(isDirty(draft)).toBe(false)
    expect(draft.base.version).toBe(2)
  })

  it('keep what was typed when somebody else is faster, and put it on top of theirs', () => {
    const held = play(
      start(),
      { do: 'set', key: 'limit', value: 900 },
      { do: 'arrive', version: version(2, { approve: false, limit: 500, theme: 'light' }, 'dana') },
    )
    expect(held.edited['limit']).toBe(900)
    expect(held.incoming?.conflicts).toEqual([])
    const merged = play(held, { do: 'reconcile' })
    expect(merged.base.version).toBe(2)
    expect(merged.edited).toEqual({ approve: false, limit: 900, theme: 'light' })
  })

  it('ask, key by key, where both changed the same', () => {
    const held = play(
      start(),
      { do: 'set', key: 'limit', value: 900 },
      { do: 'remove', key: 'theme' },
      { do: 'arrive', version: version(2, { approve: true, limit: 700, theme: 'dark' }) },
    )
    expect(held.incoming?.conflicts).toEqual([
      { key: 'limit', before: 500, mine: 900, theirs: 700, keep: 'mine' },
      { key: 'theme', before: 'light', mine: undefined, theirs: 'dark', keep: 'mine' },
    ])
    const merged = play(held, { do: 'keep', key: 'limit', whose: 'theirs' }, { do: 'reconcile' })
    expect(merged.edited).toEqual({ approve: true, limit: 700 })
  })

  it('keep a choice when a further version leaves that key alone, and ask again when it does not', () => {
    const chosen = play(
      start(),
      { do: 'set', key: 'limit', value: 900 },
      { do: 'set', key: 'theme', value: 'blue' },
      { do: 'arrive', version: version(2, { approve: true, limit: 700, theme: 'dark' }) },
      { do: 'keep', key: 'limit', whose: 'theirs' },
      { do: 'keep', key: 'theme', whose: 'theirs' },
      { do: 'arrive', version: version(3, { approve: true, limit: 700, theme: 'red' }) },
    )
    expect(chosen.incoming?.conflicts.map(({ key, keep }) => [key, keep])).toEqual([
      ['limit', 'theirs'],
      ['theme', 'mine'],
    ])
  })

  it('keep text that is no JSON yet, even when a version arrives', () => {
    const typing = play(start(), { do: 'type', text: '{ "limit": ' })
    expect(isDirty(typing)).toBe(true)
    const held = play(typing, { do: 'arrive', version: version(2, { limit: 1 }) }, { do: 'reconcile' })
    expect(held.text?.typed).toBe('{ "limit": ')
    expect(held.base.version).toBe(1)
  })

  it('become theirs when the edits are discarded', () => {
    const draft = play(
      start(),
      { do: 'set', key: 'limit', value: 900 },
      { do: 'arrive', version: version(2, { limit: 700 }) },
      { do: 'discard' },
    )
    expect(draft.edited).toEqual({ limit: 700 })
    expect(isDirty(draft)).toBe(false)
  })
})
