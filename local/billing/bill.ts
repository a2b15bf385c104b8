/** What AWS would bill, by service. Nothing here is a price: see bench/prices.ts. */
export interface Bill {
  webSocket: {
    /** What browsers sent. */
    received: Metered
    /** Route responses and errors: what the gateway answered to a message. */
    answered: Metered
    /** What was posted to `/@connections` and taken. */
    posted: Metered
    /**
     * Sockets that opened. Not priced by themselves: AWS bills messages and minutes, and no page of theirs calls `$connect`,
     * `$disconnect`, pings or pongs messages.
     */
    connects: number
    /** Of all connections, those still open included. Fractions are kept: how AWS rounds is not documented. */
    connectionMinutes: number
  }
  /**
   * Requests, preflights included. What an authorizer or a throttle refused is not billed:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-pricing.html
   */
  http: Metered
  /** By function, such as `update-settings`. */
  lambda: Record<string, LambdaUse>
  /** One line for each function, table and operation. */
  dynamoDb: DynamoDbUse[]
  /** By action, such as `SendMessage`. */
  sqs: Record<string, Metered>
  /** Looks of the event source at an empty queue: AWS's pollers make their own number of them, busy or idle. */
  emptyReceives: number
}

/** Calls or messages, in the steps in which they are billed. */
export interface Metered {
  count: number
  units: number
  /** Of payloads, both ways. */
  bytes: number
}

export interface LambdaUse {
  invocations: number
  /** Wall time as it is billed, the start of an environment included. Waiting for the machine's two cores is in it. */
  ms: number
  /** CPU time of the environment's own thread, its start included. */
  cpuMs: number
  /** `ms` with the memory that the template gives. */
  gbSeconds: number
}

export interface DynamoDbUse {
  /** The function that called, such as `update-settings`. */
  caller: string
  /** Such as `Settings`. */
  table: string
  /** Such as `Query`. */
  operation: string
  calls: number
  readUnits: number
  writeUnits: number
}
