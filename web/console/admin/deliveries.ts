import { useGrantsEvent } from '@grantwire/react'
import { useState } from 'react'
import type { Delivery, UpdateResult } from '../../../protocol/documents.ts'

/** One saved version: where it went, and how long it took to come back to this very page, in ms. */
export interface Delivered {
  version: number
  delivery: Delivery
  /** From the click until the event was here; undefined until it is. */
  tookMs: number | undefined
}

/** Updates that are remembered for the chart. */
const KEPT = 12

export interface Deliveries {
  deliveries: Delivered[]
  /** Call with the moment of the click (`performance.now()`) and the answer. */
  record: (sentAt: number, result: UpdateResult) => void
}

/** The updates that this page has saved, newest first, each timed until its event arrived here. */
export function useDeliveries(group: string): Deliveries {
  const [saved, setSaved] = useState<{ version: number; sentAt: number; delivery: Delivery }[]>([])
  // The event is often faster than the answer to the request, so both are kept and matched by version.
  const [arrivals, setArrivals] = useState<{ version: number; at: number }[]>([])

  useGrantsEvent('UserUpdated', ({ subject, version }) => {
    if (subject !== `group:${group}`) return
    setArrivals(list => [{ version, at: performance.now() }, ...list].slice(0, KEPT))
  })

  return {
    deliveries: saved.map(({ version, sentAt, delivery }) => {
      const arrival = arrivals.find(entry => entry.version === version)
      return { version, delivery, tookMs: arrival === undefined ? undefined : arrival.at - sentAt }
    }),
    record: (sentAt, { version, delivery }) =>
      setSaved(list =>
        [{ version, sentAt, delivery }, ...list.filter(entry => entry.version !== version)].slice(0, KEPT),
      ),
  }
}

/** Where a broadcast went, in one sentence. */
export function deliverySentence({ delivered, gone, queued }: Delivery): string {
  const parts = [`Delivered to ${delivered} ${delivered === 1 ? 'connection' : 'connections'}`]
  if (gone > 0) parts.push(`${gone} had left`)
  if (queued > 0) parts.push(`${queued} ${queued === 1 ? 'part is' : 'parts are'} still in the queue`)
  return `${parts.join('; ')}.`
}
