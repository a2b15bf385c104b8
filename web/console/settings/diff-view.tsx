import type { KeyChange } from './diff.ts'
import { show } from './parse.ts'

/** What changes, key by key. Not by colour alone: what goes is struck through, and both are named for screen readers. */
export function DiffView({ changes, caption }: { changes: KeyChange[]; caption: string }) {
  return (
    <div className="scroll">
      <table className="diff" aria-live="polite">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ key, before, after }) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>{before === undefined ? <span className="quiet">not set</span> : <del>{show(before)}</del>}</td>
              <td>{after === undefined ? <span className="quiet">removed</span> : <ins>{show(after)}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length === 0 && <p className="quiet">No difference.</p>}
    </div>
  )
}
