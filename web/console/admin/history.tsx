import { useGrantsEvent } from '@grantwire/react'
import { useCallback, useRef, useState } from 'react'
import type { HistoryEntry, UpdateResult } from '../../../protocol/documents.ts'
import { Failure, Notice } from '../parts/notice.tsx'
import { usePages } from '../parts/pages.ts'
import { useServices } from '../parts/services.ts'
import { Shown } from '../parts/shown.tsx'
import { When } from '../parts/when.tsx'
import { show } from '../settings/parse.ts'
import { Compare, type Chosen } from './compare.tsx'
import { deliverySentence, type Deliveries } from './deliveries.ts'

/** Who changed what and when; any two versions compared; any version taken back. */
export function HistoryTab({ group, updates }: { group: string; updates: Deliveries }) {
  const { api } = useServices()
  const fetchPage = useCallback(
    async (cursor: string | null, signal: AbortSignal) => {
      const page = await api.history(group, cursor, signal)
      return { items: page.versions, cursor: page.cursor }
    },
    [api, group],
  )
  const history = usePages<HistoryEntry>(fetchPage)
  const [chosen, setChosen] = useState<Chosen>({})
  const comparison = useRef<HTMLHeadingElement>(null)
  const [outcome, setOutcome] = useState<{ to: number; result: UpdateResult } | { error: unknown }>()

  useGrantsEvent('UserUpdated', ({ subject }) => {
    if (subject === `group:${group}`) history.reload()
  })
  const revert = async (version: number) => {
    const sentAt = performance.now()
    try {
      const result = await api.revert(group, version)
      updates.record(sentAt, result)
      setOutcome({ to: version, result })
      setChosen({})
    } catch (error) {
      setOutcome({ error })
    }
    history.reload()
  }
  return (
    <div className="stack">
      {outcome !== undefined && 'error' in outcome && <Failure error={outcome.error} />}
      {outcome !== undefined && 'result' in outcome && (
        <Notice kind="good" title={`Version ${outcome.result.version} is version ${outcome.to} again`}>
          <p>{deliverySentence(outcome.result.delivery)}</p>
        </Notice>
      )}
      <Shown what="the history" result={history.result} reload={history.reload}>
        {({ items, hasMore }) => (
          <>
            <Compare heading={comparison} versions={items} chosen={chosen} choose={setChosen} revert={revert} />
            <section className="card" aria-labelledby="versions">
              <h2 id="versions">Versions</h2>
              <ol className="rows">
                {items.map(entry => (
                  <Entry
                    key={entry.version}
                    entry={entry}
                    compare={() => {
                      setChosen({ from: entry.version })
                      comparison.current?.focus()
                    }}
                    isNewest={entry === items[0]}
                  />
                ))}
              </ol>
              {hasMore && (
                <div>
                  <button type="button" onClick={history.more}>
                    Show older versions
                  </button>
                </div>
              )}
            </section>
          </>
        )}
      </Shown>
    </div>
  )
}

interface EntryProps {
  entry: HistoryEntry
  isNewest: boolean
  compare: () => void
}

function Entry({ entry: { version, change, updatedBy, updatedAt, tombstone }, isNewest, compare }: EntryProps) {
  return (
    <li className="version">
      <span className="tag">v{version}</span>
      <span className="grow">
        <strong>{updatedBy}</strong>{' '}
        {tombstone
          ? 'deleted the group'
          : Object.entries(change).map(([key, value], index) => (
              <span key={key}>
                {index > 0 && ', '}
                <code>{key}</code> {value === null ? 'removed' : `→ ${show(value)}`}
              </span>
            ))}
      </span>
      <span className="small quiet">
        <When at={updatedAt} />
      </span>
      {isNewest ? (
        <span className="tag yes">now</span>
      ) : (
        <button type="button" className="plain" onClick={compare}>
          Compare<span className="aside"> version {version} with the newest</span>
        </button>
      )}
    </li>
  )
}
