import { systemClock, type Clock } from '../core/clock.ts'
import { environment } from '../core/environment.ts'
import { Connections } from './connections.ts'
import { Memberships } from './memberships.ts'
import { SettingsLog } from './settings-log.ts'
import { documentClient } from './table.ts'

const clock = systemClock
const client = documentClient()

/** The entities of the settings table. */
export function openSettings(): { log: SettingsLog; memberships: Memberships; clock: Clock } {
  const table = { name: environment('SETTINGS_TABLE'), client, clock }
  const retentionDays = Number(process.env['RETENTION_DAYS'] ?? 365)
  return { log: new SettingsLog(table, retentionDays), memberships: new Memberships(table), clock }
}

/** The entity of the connections table. */
export function openConnections(): { connections: Connections; clock: Clock } {
  return { connections: new Connections({ name: environment('CONNECTIONS_TABLE'), client, clock }), clock }
}
