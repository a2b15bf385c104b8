import { useId, type RefObject } from 'react'
import type { HistoryEntry } from '../../../protocol/documents.ts'
import { momentText } from '../parts/when.tsx'
import { DiffView } from '../settings/diff-view.tsx'
import { difference } from '../settings/diff.ts'

/** Versions to compare; where one is not chosen, the second newest and the newest. */
export interface Chosen {
  from?: number
  to?: number
}

interface Props {
  /** Takes the focus when a version is chosen elsewhere. */
  heading: RefObject<HTMLHeadingElement | null>
  /** Newest first. */
  versions: HistoryEntry[]
  chosen: Chosen
  choose: (chosen: Chosen) => void
  revert: (version: number) => Promise<void>
}

/** The difference between any two versions. */
export function Compare({ heading, versions, chosen, choose, revert }: Props) {
  const [newest, second = newest] = versions
  const find = (version: number | undefined) => versions.find(entry => entry.version === version)
  const from = find(chosen.from) ?? second
  const to = find(chosen.to) ?? newest
  if (newest === undefined || from === undefined || to === undefined || versions.length < 2) return null
  const reverts = from.version !== newest.version && !from.tombstone
  return (
    <section className="card" aria-labelledby="compare">
      <h2 id="compare" ref={heading} tabIndex={-1}>
        Compare
      </h2>
      <div className="row end">
        <Choice
          label="From"
          versions={versions}
          value={from.version}
          choose={version => choose({ ...chosen, from: version })}
        />
        <Choice
          label="To"
          versions={versions}
          value={to.version}
          choose={version => choose({ ...chosen, to: version })}
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
        {versions.map(({ version, updatedBy, updatedAt }) => (
          <option key={version} value={version}>
            Version {version} by {updatedBy}, {momentText(updatedAt)}
          </option>
        ))}
      </select>
    </div>
  )
}
