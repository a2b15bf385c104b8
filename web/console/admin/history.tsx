import { useGrantsEvent } from '@grantwire/react'
import { useCallback, useState } from 'react'
import type { HistoryEntry, UpdateResult } from '../../../protocol/documents.ts'
import { Failure, Notice } from '../parts/notice.tsx'
import { usePages } from '../parts/pages.ts'
import { useServices } from '../parts/services.ts'
import { Shown } from '../parts/shown.tsx'
import { When } from '../parts/when.tsx'
import { show } from '../settings/parse.ts'
import { Compare } from './compare.tsx'
import { deliverySentence } from './deliveries.ts'

/** Who changed what and when; any two versions compared; any version taken back. */
export function HistoryTab({ group }: { group: string }) {
  const { api } = useServices()
  const fetchPage = useCallback(
    async (cursor: string | null, signal: AbortSignal) => {
      const page = await api.history(group, cursor, signal)
      return { items: page.versions, cursor: page.cursor }
    },
    [api, group],
  )
  const history = usePages<HistoryEntry>(fetchPage)
  const [outcome, setOutcome] = useState<{ to: number; result: UpdateResult } | { error: unknown }>()

  useGrantsEvent('UserUpdated', ({ subject }) => {
    if (subject === `group:${group}`) history.reload()
  })
  const revert = async (version: number) => {
    try {
      setOutcome({ to: version, result: await api.revert(group, version) })
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
            <Compare versions={items} revert={revert} />
            <section className="card" aria-labelledby="versions">
              <h2 id="versions">Versions</h2>
              <ol className="rows">
                {items.map(entry => (
                  <Entry key={entry.version} entry={entry} />
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

function Entry({ entry: { version, change, updatedBy, updatedAt, tombstone } }: { entry: HistoryEntry }) {
  return (
    <li>
      <span className="tag">{version}</span>
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
    </li>
  )
}
