import type { JsonValue, Settings } from '../../../protocol/documents.ts'
import { difference, same } from './diff.ts'
import { parseSettings } from './parse.ts'

/** Settings of one version. */
export interface Version {
  version: number
  settings: Settings
  updatedBy: string | null
}

/** A key that both changed since the version that editing began with, to different values. */
export interface Conflict {
  key: string
  before: JsonValue | undefined
  mine: JsonValue | undefined
  theirs: JsonValue | undefined
  keep: 'mine' | 'theirs'
}

/** Settings under edit. */
export interface Draft {
  /** The version that editing began with. */
  base: Version
  edited: Settings
  /** What was typed in the JSON view, as typed. With a problem it is not in `edited` yet. */
  text: { typed: string; problem?: string } | undefined
  /** A newer version of somebody else, there only while it has to be reconciled with unsaved edits. */
  incoming: { theirs: Version; conflicts: Conflict[] } | undefined
}

export type DraftAction =
  | { do: 'type'; text: string }
  | { do: 'set'; key: string; value: JsonValue }
  | { do: 'remove'; key: string }
  | { do: 'discard' }
  | { do: 'arrive'; version: Version }
  | { do: 'keep'; key: string; whose: Conflict['keep'] }
  | { do: 'reconcile' }

export const openDraft = (base: Version): Draft => ({
  base,
  edited: base.settings,
  text: undefined,
  incoming: undefined,
})

export const isDirty = ({ base, edited, text }: Draft): boolean =>
  text?.problem !== undefined || !same(base.settings, edited)

/** The one way a draft changes. Nothing typed is lost by a version that arrives: it waits in `incoming`. */
export function changeDraft(draft: Draft, action: DraftAction): Draft {
  switch (action.do) {
    case 'type':
      return type(draft, action.text)
    case 'set':
      return edit(draft, { ...draft.edited, [action.key]: action.value })
    case 'remove':
      return edit(draft, without(draft.edited, action.key))
    case 'discard':
      return openDraft(draft.incoming?.theirs ?? draft.base)
    case 'arrive':
      return arrive(draft, action.version)
    case 'keep':
      return keep(draft, action.key, action.whose)
    case 'reconcile':
      return reconcile(draft)
  }
}

function type(draft: Draft, typed: string): Draft {
  const parsed = parseSettings(typed)
  return parsed.ok
    ? { ...edit(draft, parsed.value), text: { typed } }
    : { ...draft, text: { typed, problem: parsed.problem } }
}

function edit(draft: Draft, edited: Settings): Draft {
  const next = { ...draft, edited, text: undefined }
  return next.incoming === undefined ? next : holdBack(next, next.incoming.theirs)
}

function arrive(draft: Draft, theirs: Version): Draft {
  if (theirs.version <= (draft.incoming?.theirs ?? draft.base).version) return draft
  // Equal settings are what a person sees of their own save: the draft has become that version.
  const saved = draft.text?.problem === undefined && same(draft.edited, theirs.settings)
  return saved || !isDirty(draft) ? openDraft(theirs) : holdBack(draft, theirs)
}

/** Keeps a newer version back until the person has looked at it. A choice stays while both of its values are the same. */
function holdBack(draft: Draft, theirs: Version): Draft {
  const foreign = new Map(difference(draft.base.settings, theirs.settings).map(change => [change.key, change]))
  const conflicts = difference(draft.base.settings, draft.edited).flatMap(({ key, before, after: mine }) => {
    const other = foreign.get(key)
    if (other === undefined || same(mine, other.after)) return []
    const chosen = draft.incoming?.conflicts.find(conflict => conflict.key === key)
    const stays = chosen !== undefined && same(chosen.theirs, other.after) && same(chosen.mine, mine)
    const conflict: Conflict = { key, before, mine, theirs: other.after, keep: stays ? chosen.keep : 'mine' }
    return [conflict]
  })
  return { ...draft, incoming: { theirs, conflicts } }
}

function keep(draft: Draft, key: string, whose: Conflict['keep']): Draft {
  if (draft.incoming === undefined) return draft
  const conflicts = draft.incoming.conflicts.map(conflict =>
    conflict.key === key ? { ...conflict, keep: whose } : conflict,
  )
  return { ...draft, incoming: { ...draft.incoming, conflicts } }
}

/** Puts the edits, as chosen, on top of the newer version and goes on from there. Waits for text that is no JSON yet. */
function reconcile(draft: Draft): Draft {
  if (draft.incoming === undefined || draft.text?.problem !== undefined) return draft
  const { theirs, conflicts } = draft.incoming
  const given = new Set(conflicts.filter(conflict => conflict.keep === 'theirs').map(conflict => conflict.key))
  let edited = theirs.settings
  for (const { key, after } of difference(draft.base.settings, draft.edited)) {
    if (given.has(key)) continue
    edited = after === undefined ? without(edited, key) : { ...edited, [key]: after }
  }
  return { base: theirs, edited, text: undefined, incoming: undefined }
}

const without = (settings: Settings, key: string): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key))
