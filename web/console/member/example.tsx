import { useCan, useConnection } from '@grantwire/react'
import { useState } from 'react'

const INVOICES = [
  { id: 'A-1041', customer: 'Lindqvist Timber', amount: 1280 },
  { id: 'A-1042', customer: 'Okafor Foods', amount: 764 },
]

/** A page of an application. Every useCan answers anew the moment an admin saves. */
export function Invoices() {
  const mayExport = useCan('report.export')
  const { state } = useConnection()
  const [done, setDone] = useState('')
  return (
    <div className="stack">
      <div className="row" role="group" aria-label="Invoice actions">
        <button type="button" onClick={() => setDone('The list is up to date.')}>
          Refresh
        </button>
        {/* A menu entry that is only there for those who may. */}
        {mayExport && (
          <button type="button" onClick={() => setDone('The report is on its way.')}>
            Export report
          </button>
        )}
      </div>
      {state !== 'connected' && <p className="small">Not live right now. What you may do can be out of date.</p>}
      <ul className="rows">
        {INVOICES.map(invoice => (
          <Invoice key={invoice.id} {...invoice} />
        ))}
      </ul>
      <p aria-live="polite">{done}</p>
    </div>
  )
}

function Invoice({ id, customer, amount }: (typeof INVOICES)[number]) {
  const mayApprove = useCan('invoice.approve')
  const mayEdit = useCan('invoice.edit')
  const [approved, setApproved] = useState(false)
  return (
    <li>
      <label className="grow" htmlFor={id}>
        {customer}
      </label>
      {/* A field that can always be read, and changed by those who may. */}
      <input id={id} className="amount" inputMode="decimal" defaultValue={amount} readOnly={!mayEdit} />
      {/* A button that explains itself. */}
      <button
        type="button"
        disabled={!mayApprove || approved}
        aria-describedby={`${id}-why`}
        onClick={() => setApproved(true)}
      >
        {approved ? 'Approved' : 'Approve'}
      </button>
      <span id={`${id}-why`} className="small quiet">
        {mayApprove ? '' : 'Needs invoice.approve: ask an admin.'}
      </span>
    </li>
  )
}
