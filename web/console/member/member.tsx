import { Title } from '../parts/title.tsx'
import { useChanges } from './changes.ts'
import { Allowed } from './allowed.tsx'
import { Invoices } from './example.tsx'
import source from './example.tsx?raw'
import { Feed } from './feed.tsx'

/** A small application that uses its permissions for real. */
export function MemberPage() {
  const happened = useChanges()
  const last = happened[0]
  const changed = new Set(last?.what.kind === 'settings' ? last.what.keys.map(({ key }) => key) : [])
  return (
    <>
      <div className="stack tight">
        <Title text="Member page" />
        <p className="quiet">A small application: its buttons, fields and menu follow your permissions.</p>
      </div>
      <div className="columns">
        <section className="card hold" aria-labelledby="invoices">
          <h2 id="invoices">Invoices</h2>
          <Invoices />
        </section>
        <Allowed changed={changed} round={last?.id ?? ''} />
      </div>
      <Feed happened={happened} />
      <details className="card">
        <summary>The code of the invoice list, to copy</summary>
        <pre className="code" tabIndex={0}>
          <code>{source}</code>
        </pre>
      </details>
    </>
  )
}
