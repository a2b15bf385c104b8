import type { JsonValue } from '../../../protocol/documents.ts'
import { Empty } from '../parts/notice.tsx'
import { When } from '../parts/when.tsx'
import { show } from '../settings/parse.ts'
import type { Happened } from './changes.ts'

/** The last changes and who made them. A screen reader hears each as it comes. */
export function Feed({ happened }: { happened: Happened[] }) {
  return (
    <section className="card" aria-labelledby="feed">
      <h2 id="feed">Last changes</h2>
      {happened.length === 0 && (
        <Empty title="Nothing changed yet">
          <p>Leave this page open. A change shows here, without a reload.</p>
        </Empty>
      )}
      <ul className="rows feed" aria-live="polite">
        {happened.map(entry => (
          <li key={entry.id} className="fresh">
            <span className="grow">
              <Sentence what={entry.what} />
            </span>
            <span className="small quiet">
              <When at={entry.at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Sentence({ what }: { what: Happened['what'] }) {
  if (what.kind === 'membership')
    return what.role === null ? (
      <>You are no longer in {what.group}</>
    ) : (
      <>
        You are {what.role} of {what.group}
      </>
    )
  if (what.kind === 'event')
    return (
      <>
        <strong>{what.by}</strong> sent <code>{what.name}</code> {show(what.data)}
      </>
    )
  return (
    <>
      <strong>{what.by}</strong> changed {nameOf(what.subject)}
      {what.keys.length === 0 ? `, now version ${what.version}` : ': '}
      {what.keys.map(({ key, value }, index) => (
        <span key={key}>
          {index > 0 && ', '}
          <code>{key}</code> {became(value)}
        </span>
      ))}
    </>
  )
}

function became(value: JsonValue | undefined): string {
  if (value === undefined) return 'was removed'
  return typeof value === 'boolean' ? `is ${value ? 'now' : 'no longer'} allowed` : `is ${show(value)}`
}

/** A subject as people call it. */
const nameOf = (subject: string): string => (subject.startsWith('group:') ? subject.slice(6) : 'your own settings')
