import type { Conflict, Draft, DraftAction } from './draft.ts'
import { show } from './parse.ts'

type Props = NonNullable<Draft['incoming']> & { blocked: boolean; change: (action: DraftAction) => void }

/** Somebody else saved first: which value to keep, key by key. Keys that only one of both changed need no choice. */
export function ConflictView({ theirs, conflicts, blocked, change }: Props) {
  return (
    <section className="notice mind" aria-labelledby="conflict">
      <h2 id="conflict" tabIndex={-1}>
        <span role="status">
          {theirs.updatedBy ?? 'Somebody else'} saved version {theirs.version} while you were editing
        </span>
      </h2>
      <p>
        {conflicts.length === 0
          ? 'You changed different keys, so both fit together. Nothing that you typed is lost.'
          : 'You both changed these keys. Choose what to keep; everything else fits together.'}
      </p>
      {conflicts.map(conflict => (
        <Choice key={conflict.key} conflict={conflict} change={change} />
      ))}
      {blocked && <p>First make your JSON valid, below.</p>}
      <div className="row">
        <button type="button" className="primary" disabled={blocked} onClick={() => change({ do: 'reconcile' })}>
          Go on with version {theirs.version}
        </button>
        <button type="button" onClick={() => change({ do: 'discard' })}>
          Discard my changes
        </button>
      </div>
    </section>
  )
}

function Choice({ conflict, change }: { conflict: Conflict; change: (action: DraftAction) => void }) {
  const { key, before, mine, theirs } = conflict
  const options = [
    { whose: 'mine', text: 'Mine', value: mine },
    { whose: 'theirs', text: 'Theirs', value: theirs },
  ] as const
  return (
    <fieldset className="choice">
      <legend className="mono">{key}</legend>
      {options.map(({ whose, text, value }) => (
        <label key={whose} className="row">
          <input
            type="radio"
            name={`keep ${key}`}
            checked={conflict.keep === whose}
            onChange={() => change({ do: 'keep', key, whose })}
          />
          {text}: <code>{value === undefined ? 'removed' : show(value)}</code>
        </label>
      ))}
      <span className="small quiet">It was: {show(before)}</span>
    </fieldset>
  )
}
