export { connect } from './connect.ts'
export { UnauthorizedError } from './token.ts'
export { browserEnvironment } from './environment.ts'
export type { GroupRole } from './documents.ts'
export type { Channel, Environment, Locks, PageSignal, Socket } from './environment.ts'
export type { Connection, ConnectionState, EndReason, LossReason } from './machine.ts'
export type { ConnectOptions, CustomEvents, Freshness, Grants, SystemEvents, Unsubscribe } from './types.ts'
export type { Change, JsonValue, Me, Role, Settings, SettingsDocument } from '../../protocol/documents.ts'
export type { ErrorCode } from '../../protocol/codes.ts'
export type {
  CustomEvent,
  ErrorEvent,
  MembershipChanged,
  SignedOut,
  SignOutReason,
  UserUpdated,
} from '../../protocol/events.ts'
export type { Subject } from '../../protocol/ids.ts'
