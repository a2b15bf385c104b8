import { createServer, type Server } from 'node:http'
import type { Meter } from './meter.ts'
import { tableOf } from './table.ts'

/** `GET` prints the bill (as JSON where the caller accepts only that), `DELETE` counts from nothing again. */
export const createBillServer = (meter: Meter): Server =>
  createServer((req, res) => {
    if (req.method === 'DELETE') {
      meter.reset()
      return void res.writeHead(204).end()
    }
    const bill = meter.snapshot()
    if (req.headers.accept === 'application/json')
      return void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(bill))
    res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(`${tableOf(bill)}\n`)
  })
