import { useId, useState } from 'react'
import type { HistoryEntry } from '../../../protocol/documents.ts'
import { DiffView } from '../settings/diff-view.tsx'
import { difference } from '../settings/diff.ts'

interface Props {
  /** Newest first. */
  versions: HistoryEntry[]
  revert: (version: number) => Promise<void>
}

/** The difference between any two versions; without a choice, of the two newest. */
export function Compare({ versions, revert }: Props) {
  const [chosen, setChosen] = useState<{ from?: number; to?: number }>({})
  const [newest, second = newest] = versions
  const find = (version: number | undefined) => versions.find(entry => entry.version === version)
  const from = find(chosen.from) ?? second
  const to = find(chosen.to) ?? newest
  if (newest === undefined || from === undefined || to === undefined || versions.length < 2) return null
  const reverts = from.version !== newest.version && !from.tombstone
  return (
    <section className="card" aria-labelledby="compare">
      <h2 id="compare">Compare</h2>
      <div className="row end">
        <Choice
          label="From"
          versions={versions}
          value={from.version}
          choose={version => setChosen({ ...chosen, from: version })}
        />
        <Choice
          label="To"
          versions={versions}
          value={to.version}
          choose={version => setChosen({ ...chosen, to: version })}
        />
        {reverts && (
          <button type="button" onClick={() => void revert(from.version)}>
            Revert to version {from.version}
          </button>
        )}
      </div>
      <DiffView
        changes={difference(from.settings, to.settings)}
        caption={`From version ${from.version} to version ${to.version}`}
      />
    </section>
  )
}

interface ChoiceProps {
  label: string
  versions: HistoryEntry[]
  value: number
  choose: (version: number) => void
}

function Choice({ label, versions, value, choose }: ChoiceProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={event => choose(Number(event.target.value))}>
        {versions.map(({ version }) => (
          <option key={version}>{version}</option>
        ))}
      </select>
    </div>
  )
}
