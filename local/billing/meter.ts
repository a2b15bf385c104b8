import type { Clock } from '../clock.ts'
import type { Bill, DynamoDbUse, LambdaUse, Metered } from './bill.ts'
import { messageUnits, requestUnits, sqsUnits } from './units.ts'

/** Counts what AWS would bill for what the local run does. */
export class Meter {
  readonly #clock: Clock
  #bill: Bill = emptyBill()
  /** When each open connection was opened, or when counting began anew. */
  readonly #open = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The bill so far: a copy. */
  snapshot(): Bill {
    const bill = structuredClone(this.#bill)
    for (const since of this.#open.values()) bill.webSocket.connectionMinutes += this.#minutesSince(since)
    return bill
  }

  /** Counts from nothing again. Open connections go on. */
  reset(): void {
    this.#bill = emptyBill()
    for (const id of this.#open.keys()) this.#open.set(id, this.#clock.now())
  }

  connectionOpened(id: string): void {
    this.#bill.webSocket.connects++
    this.#open.set(id, this.#clock.now())
  }

  connectionClosed(id: string): void {
    const since = this.#open.get(id)
    if (since === undefined) return
    this.#open.delete(id)
    this.#bill.webSocket.connectionMinutes += this.#minutesSince(since)
  }

  message(way: 'received' | 'answered' | 'posted', bytes: number): void {
    add(this.#bill.webSocket[way], messageUnits(bytes), bytes)
  }

  /** @param requestBytes the body: what the steps are counted of */
  httpRequest(requestBytes: number, responseBytes: number): void {
    add(this.#bill.http, requestUnits(requestBytes), requestBytes + responseBytes)
  }

  invocation(name: string, memoryMb: number, ms: number, cpuMs: number): void {
    const use: LambdaUse = (this.#bill.lambda[name] ??= { invocations: 0, ms: 0, cpuMs: 0, gbSeconds: 0 })
    // Billed by the ms that has begun: https://aws.amazon.com/lambda/pricing/
    const billed = Math.ceil(ms)
    use.invocations++
    use.ms += billed
    use.cpuMs += cpuMs
    use.gbSeconds += (billed / 1000) * (memoryMb / 1024)
  }

  dynamoDb({ caller, table, operation, calls, readUnits, writeUnits }: DynamoDbUse): void {
    const known = this.#bill.dynamoDb.find(
      use => use.caller === caller && use.table === table && use.operation === operation,
    )
    if (known === undefined)
      return void this.#bill.dynamoDb.push({ caller, table, operation, calls, readUnits, writeUnits })
    known.calls += calls
    known.readUnits += readUnits
    known.writeUnits += writeUnits
  }

  sqs(action: string, bytes: number): void {
    add((this.#bill.sqs[action] ??= nothing()), sqsUnits(bytes), bytes)
  }

  emptyReceive(): void {
    this.#bill.emptyReceives++
  }

  #minutesSince(since: number): number {
    return (this.#clock.now() - since) / 60_000
  }
}

const nothing = (): Metered => ({ count: 0, units: 0, bytes: 0 })

const emptyBill = (): Bill => ({
  webSocket: { received: nothing(), answered: nothing(), posted: nothing(), connects: 0, connectionMinutes: 0 },
  http: nothing(),
  lambda: {},
  dynamoDb: [],
  sqs: {},
  emptyReceives: 0,
})

function add(to: Metered, units: number, bytes: number): void {
  to.count++
  to.units += units
  to.bytes += bytes
}
