import type { Bill, Metered } from '../../local/billing/bill.ts'
import { AWS } from '../prices.ts'

/** Quantities of what AWS prices. */
export type Quantities = Record<keyof typeof AWS, number>

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const unitsOf = (metered: readonly Metered[]): number => sum(metered.map(({ units }) => units))

/** What is priced of a bill. Connection minutes and empty receives are left to whoever knows how long a day is. */
export function quantitiesOf({ webSocket, http, lambda, dynamoDb, sqs }: Bill): Quantities {
  const { received, answered, posted } = webSocket
  return {
    message: unitsOf([received, answered, posted]),
    connectionMinute: 0,
    httpRequest: http.units,
    lambdaRequest: sum(Object.values(lambda).map(({ invocations }) => invocations)),
    lambdaGbSecond: sum(Object.values(lambda).map(({ gbSeconds }) => gbSeconds)),
    readUnit: sum(dynamoDb.map(({ readUnits }) => readUnits)),
    writeUnit: sum(dynamoDb.map(({ writeUnits }) => writeUnits)),
    sqsRequest: unitsOf(Object.values(sqs)),
    gigabyteOut: (answered.bytes + posted.bytes + http.bytes) / 1e9,
  }
}

const keys = Object.keys(AWS) as (keyof Quantities)[]
const map = (quantity: (key: keyof Quantities) => number): Quantities =>
  Object.fromEntries(keys.map(key => [key, quantity(key)])) as Quantities

export const times = (quantities: Quantities, factor: number): Quantities => map(key => quantities[key] * factor)
export const add = (...all: readonly Quantities[]): Quantities => map(key => sum(all.map(each => each[key])))

export const dollarsOf = (quantities: Quantities): number => sum(keys.map(key => quantities[key] * AWS[key].dollars))
