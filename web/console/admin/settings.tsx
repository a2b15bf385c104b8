import { useGrantsEvent } from '@grantwire/react'
import { useReducer, useState, type SubmitEvent } from 'react'
import { ApiError } from '../api.ts'
import { Failure, Notice } from '../parts/notice.tsx'
import { useServices } from '../parts/services.ts'
import { ConflictView } from '../settings/conflict-view.tsx'
import { DiffView } from '../settings/diff-view.tsx'
import { difference, mergePatch } from '../settings/diff.ts'
import { changeDraft, isDirty, openDraft } from '../settings/draft.ts'
import { Fields } from '../settings/fields.tsx'
import { JsonView } from '../settings/json-view.tsx'
import { findProblem } from '../settings/parse.ts'
import { deliverySentence, type Deliveries } from './deliveries.ts'
import { useLeaveGuard } from './leave-guard.ts'
import { OnlineStrip } from './online.tsx'

type Saving = { state: 'idle' | 'saving' } | { state: 'saved'; version: number } | { state: 'failed'; error: unknown }

interface Props {
  group: string
  updates: Deliveries
  /** False while another tab is before it. */
  isShown: boolean
}

/** The group's settings under edit: as a form or as JSON, compared before saving, reconciled where somebody was faster. */
export function SettingsTab({ group, updates, isShown }: Props) {
  const { api, grants } = useServices()
  const [view, setView] = useState<'form' | 'json'>('form')
  const [sought, setSought] = useState<string>()
  const [saving, setSaving] = useState<Saving>({ state: 'idle' })
  const [draft, change] = useReducer(changeDraft, undefined, () => {
    const subject = `group:${group}` as const
    return openDraft({
      version: grants.version(subject) ?? 0,
      settings: grants.settings(subject) ?? {},
      updatedBy: null,
    })
  })
  const { base, edited, incoming } = draft
  const dirty = isDirty(draft)
  const problem = draft.text?.problem ?? findProblem(edited)
  useLeaveGuard(dirty, `/admin/${encodeURIComponent(group)}/`)

  useGrantsEvent('UserUpdated', ({ subject, version, settings, updatedBy }) => {
    if (subject !== `group:${group}`) return
    change({ do: 'arrive', version: { version, settings, updatedBy } })
    setSaving(now => (now.state === 'failed' ? { state: 'idle' } : now))
  })

  const save = async () => {
    const sentAt = performance.now()
    setSaving({ state: 'saving' })
    try {
      const result = await api.update(group, base.version, mergePatch(base.settings, edited))
      change({ do: 'arrive', version: { ...result, updatedBy: grants.user ?? null } })
      updates.record(sentAt, result)
      setSaving({ state: 'saved', version: result.version })
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.code !== 'version_mismatch')
        return setSaving({ state: 'failed', error })
      const theirs = await api
        .document(group)
        .catch((failure: unknown) => setSaving({ state: 'failed', error: failure }))
      if (theirs === undefined) return
      change({ do: 'arrive', version: theirs })
      setSaving({ state: 'idle' })
    }
  }
  const showJson = (key?: string) => {
    setSought(key)
    setView('json')
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (dirty && problem === undefined && incoming === undefined && saving.state !== 'saving') void save()
  }

  const delivered =
    saving.state === 'saved' ? updates.deliveries.find(({ version }) => version === saving.version) : undefined
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row spread">
        <span className="tag">Version {base.version}</span>
        {isShown && <OnlineStrip group={group} />}
        <div className="segments" role="group" aria-label="View">
          <button type="button" aria-pressed={view === 'form'} onClick={() => setView('form')}>
            Form
          </button>
          <button type="button" aria-pressed={view === 'json'} onClick={() => showJson()}>
            JSON
          </button>
        </div>
      </div>
      {incoming !== undefined && (
        <ConflictView {...incoming} blocked={draft.text?.problem !== undefined} change={change} />
      )}
      <fieldset disabled={saving.state === 'saving'} className="stack">
        <legend className="aside">Settings of {group}</legend>
        {view === 'form' && (
          <Fields settings={edited} blocked={draft.text?.problem} change={change} editJson={showJson} />
        )}
        {view === 'json' && <JsonView draft={draft} problem={problem} sought={sought} change={change} />}
      </fieldset>
      <section className={dirty ? 'card save dirty' : 'card save'} aria-label="Save">
        {dirty && incoming === undefined && (
          <DiffView changes={difference(base.settings, edited)} caption="Not saved yet" />
        )}
        {!dirty && saving.state !== 'saved' && (
          <p className="quiet">Change something above; you see the difference here before you save it.</p>
        )}
        {problem !== undefined && view === 'form' && <Notice kind="bad" title={problem} />}
        {incoming !== undefined && (
          <p>
            Before you save: <a href="#conflict">look at version {incoming.theirs.version}</a>, which came in meanwhile.
          </p>
        )}
        {saving.state === 'failed' && <Failure error={saving.error} />}
        {saving.state === 'saved' && !dirty && (
          <Notice kind="good" title={`Version ${saving.version} is saved`}>
            {delivered !== undefined && (
              <p>
                {deliverySentence(delivered.delivery)}{' '}
                {delivered.tookMs !== undefined && `It was back on this page after ${Math.round(delivered.tookMs)} ms.`}
              </p>
            )}
          </Notice>
        )}
        <div className="row">
          <button className="primary" disabled={!dirty || problem !== undefined || incoming !== undefined}>
            {saving.state === 'saving' ? 'Saving…' : 'Save'}
          </button>
          <button type="button" disabled={!dirty} onClick={() => change({ do: 'discard' })}>
            Discard
          </button>
        </div>
      </section>
    </form>
  )
}
