import type { InferOutput } from 'valibot'
import type { Problem } from '../../protocol/codes.ts'
import type {
  Delivery,
  HistoryEntry,
  Me,
  Member,
  PresentMember,
  SettingsDocument,
  UpdateResult,
} from '../../protocol/documents.ts'
import type {
  CustomEvent,
  ErrorEvent,
  MembershipChanged,
  Renewed,
  SignedOut,
  Synced,
  UserUpdated,
} from '../../protocol/events.ts'
import type * as answers from '../../protocol/schemas/answers.ts'
import type * as events from '../../protocol/schemas/events.ts'

/** Compiles only where both types are the same, so that what the references describe is what the code gives. */
type Same<A, B> = [A, B, keyof A, keyof B] extends [B, A, keyof B, keyof A] ? true : false
type Flat<T> = T extends readonly (infer U)[] ? Flat<U>[] : T extends object ? { [K in keyof T]: Flat<T[K]> } : T
type Described<T extends Record<keyof T, true>> = T

export type Checked = Described<{
  SettingsDocument: Same<Flat<InferOutput<typeof answers.settingsDocument>>, Flat<SettingsDocument>>
  Me: Same<Flat<InferOutput<typeof answers.me>>, Flat<Me>>
  Delivery: Same<Flat<InferOutput<typeof answers.delivery>>, Flat<Delivery>>
  UpdateResult: Same<Flat<InferOutput<typeof answers.updateResult>>, Flat<UpdateResult>>
  HistoryEntry: Same<Flat<InferOutput<typeof answers.historyEntry>>, Flat<HistoryEntry>>
  Member: Same<Flat<InferOutput<typeof answers.member>>, Flat<Member>>
  PresentMember: Same<Flat<InferOutput<typeof answers.presentMember>>, Flat<PresentMember>>
  Problem: Same<Flat<InferOutput<typeof answers.problem>>, Flat<Problem>>
  UserUpdated: Same<Flat<InferOutput<typeof events.userUpdated>>, Flat<UserUpdated>>
  MembershipChanged: Same<Flat<InferOutput<typeof events.membershipChanged>>, Flat<MembershipChanged>>
  Synced: Same<Flat<InferOutput<typeof events.synced>>, Flat<Synced>>
  Renewed: Same<Flat<InferOutput<typeof events.renewed>>, Flat<Renewed>>
  SignedOut: Same<Flat<InferOutput<typeof events.signedOut>>, Flat<SignedOut>>
  ErrorEvent: Same<Flat<InferOutput<typeof events.errorEvent>>, Flat<ErrorEvent>>
  CustomEvent: Same<Flat<InferOutput<typeof events.customEvent>>, Flat<CustomEvent>>
}>
