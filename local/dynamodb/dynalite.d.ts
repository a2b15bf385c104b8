declare module 'dynalite' {
  import type { Server } from 'node:http'
  export default function dynalite(options: {
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }): Server
}

declare module 'dynalite/db/index.js' {
  /** Bytes of an item, as DynamoDB counts them for its units. */
  export function itemSize(item: Readonly<Record<string, unknown>>): number
}
