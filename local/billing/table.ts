import type { Bill, Metered } from './bill.ts'

type Row = [service: string, what: string, count: number, billed: string]

/** A bill for reading. */
export function tableOf(bill: Bill): string {
  const { webSocket, http, lambda, dynamoDb, sqs, emptyReceives } = bill
  const metered = (service: string, what: string, { count, units, bytes }: Metered, unit: string): Row => [
    service,
    what,
    count,
    `${units} ${unit}, ${bytes} bytes`,
  ]
  const rows: Row[] = [
    metered('WebSocket', 'messages received', webSocket.received, '× 32 KB'),
    metered('WebSocket', 'messages answered', webSocket.answered, '× 32 KB'),
    metered('WebSocket', 'messages posted', webSocket.posted, '× 32 KB'),
    ['WebSocket', 'connects', webSocket.connects, `${webSocket.connectionMinutes.toFixed(2)} connection minutes`],
    metered('HTTP', 'requests', http, '× 512 KB'),
    ...Object.entries(lambda)
      .toSorted()
      .map(([name, { invocations, ms, cpuMs, gbSeconds }]): Row => [
        'Lambda',
        name,
        invocations,
        `${gbSeconds.toFixed(3)} GB-s (${ms} ms, ${Math.round(cpuMs)} ms of CPU)`,
      ]),
    ...dynamoDb
      .map(({ caller, table, operation, calls, readUnits, writeUnits }): Row => [
        'DynamoDB',
        `${caller}: ${operation} ${table}`,
        calls,
        readUnits > 0 ? `${readUnits} read units` : `${writeUnits} write units`,
      ])
      .toSorted(([, a], [, b]) => (a < b ? -1 : 1)),
    ...Object.entries(sqs)
      .toSorted()
      .map(([action, use]) => metered('SQS', action, use, '× 64 KB')),
    ['SQS', 'looks at an empty queue', emptyReceives, `${emptyReceives} requests`],
  ]
  const widths = [0, 1, 2].map(i => Math.max(...rows.map(row => String(row[i]).length)))
  const [first = 0, second = 0, third = 0] = widths
  return rows
    .map(
      ([service, what, count, billed]) =>
        `${service.padEnd(first)}  ${what.padEnd(second)}  ${String(count).padStart(third)}  ${billed}`,
    )
    .join('\n')
}
