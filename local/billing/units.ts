/** Steps of a size, the last one counted in full. Nothing at all counts as one. */
const steps = (bytes: number, size: number): number => Math.max(1, Math.ceil(bytes / size))

/** Messages of a WebSocket API are metered in 32 KB: https://aws.amazon.com/api-gateway/pricing/ */
export const messageUnits = (bytes: number): number => steps(bytes, 32 * 1024)

/** Requests to an HTTP API are metered in 512 KB: https://aws.amazon.com/api-gateway/pricing/ */
export const requestUnits = (bytes: number): number => steps(bytes, 512 * 1024)

/** Each 64 KB of a payload is one request to SQS, whatever the action: https://aws.amazon.com/sqs/pricing/ */
export const sqsUnits = (bytes: number): number => steps(bytes, 64 * 1024)

/**
 * A write takes a unit for each KB of the item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export const writeUnits = (bytes: number): number => steps(bytes, 1024)
