import { randomBytes, randomUUID } from 'node:crypto'

/** In the form of API Gateway's: `R0oXAdfD0kwCH6w=`. Its `=` is why the path of a post must be encoded. */
export const newConnectionId = (): string => `${randomBytes(11).toString('base64url')}=`

export const newRequestId = (): string => randomUUID()

/** Such as `09/Apr/2019:18:03:28 +0000`, as API Gateway writes times in events. */
export function requestTime(ms: number): string {
  const [, day, month, year, time] = /^\w+, (\d\d) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? []
  return `${day ?? ''}/${month ?? ''}/${year ?? ''}:${time ?? ''} +0000`
}
