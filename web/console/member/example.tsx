import { useCan, useFreshness } from '@grantwire/react'
import { useState } from 'react'

const INVOICES = [
  { id: 'A-1041', customer: 'Lindqvist Timber', amount: 1280 },
  { id: 'A-1042', customer: 'Okafor Foods', amount: 764 },
]

/** A page of an application. Every useCan answers anew the moment an admin saves. */
export function Invoices() {
  const mayExport = useCan('report.export')
  const freshness = useFreshness()
  const [done, setDone] = useState('')
  if (freshness === 'initializing') return <p className="quiet">Asking what you may do…</p>
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
      <ul className="rows">
        {INVOICES.map(invoice => (
          <Invoice key={invoice.id} {...invoice} reason={freshness === 'stale' ? 'until you are back online' : ''} />
        ))}
      </ul>
      <p aria-live="polite">{done}</p>
    </div>
  )
}

function Invoice({ id, customer, amount, reason }: (typeof INVOICES)[number] & { reason: string }) {
  const mayApprove = useCan('invoice.approve')
  const mayEdit = useCan('invoice.edit')
  const [approved, setApproved] = useState(false)
  return (
    <li className="invoice">
      <label htmlFor={id}>{customer}</label>
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
      <span id={`${id}-why`} className="why small quiet">
        {mayApprove ? '' : `Not allowed ${reason || '(invoice.approve): ask an admin'}`}
      </span>
    </li>
  )
}
