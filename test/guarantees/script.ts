import fc from 'fast-check'
import type { Act, Stage } from './act.ts'
import { cuts, longWaits, losses, opens, renewals, syncs, tabsOf, waits, wakes } from './happenings.ts'
import { addsOf, creationsOf, deletionsOf, emits, matchedUpdates, readsOf, removalsOf, reverts } from './requests.ts'
import { group, signOuts, SOME, updatesOf, user, userUpdatesOf } from './requests.ts'

const G = fc.constant('g')
const BEN = fc.constant('ben')
const ADMIN = fc.constant('admin' as const)
const SHORT_WAITS = waits(100, 3_000, 12_000, 20_000)
const updates = updatesOf(...SOME)
const adds = addsOf(group, user)
const removals = removalsOf(group, user)

/** Anything may happen, to anybody; what happens often stands more than once. */
const WIDE = [
  ...[updates, updates, updates, matchedUpdates, userUpdatesOf(user), reverts, emits, readsOf(group, user)],
  ...[adds, adds, removals, removals, creationsOf(group, user), deletionsOf(group)],
  ...[opens, opens, wakes, cuts, signOuts, SHORT_WAITS, losses, losses, longWaits],
]

/** One user comes into one group and goes, while it changes: less happens, but at closer quarters. */
const COMING_AND_GOING = [
  ...[updatesOf('g'), updatesOf('g'), addsOf(G, BEN), removalsOf(G, BEN)],
  ...[wakes, wakes, readsOf(G, BEN)],
]

/** One admin of one group reads while the role goes. */
const READING = [
  ...[updatesOf('g'), updatesOf('g'), addsOf(G, BEN, ADMIN), removalsOf(G, BEN)],
  ...[readsOf(G, BEN, fc.constant('history')), readsOf(G, BEN, fc.constant('document'))],
]

/** One group is deleted and made again, by several at once. */
const REBUILDING = [
  ...[deletionsOf(G), deletionsOf(G), creationsOf(G, BEN), creationsOf(G, fc.constant('amy'))],
  ...[addsOf(G, BEN), addsOf(G, user), opens, updatesOf('g'), SHORT_WAITS],
]

/** Tokens run out, are renewed, or are not, while a group changes. */
const EXPIRING = [
  ...[tabsOf(BEN), tabsOf(BEN), renewals, renewals, renewals, syncs],
  ...[updatesOf('g'), userUpdatesOf(BEN), userUpdatesOf(BEN), addsOf(G, BEN), removalsOf(G, BEN), emits],
  ...[waits(100, 500, 1_000), waits(1_000, 2_000, 8_000)],
]

/** What happens in a run: at most so many things. */
export const script = (size: number) =>
  fc.oneof(
    { arbitrary: commandsOf(WIDE, size), weight: 3 },
    { arbitrary: commandsOf(COMING_AND_GOING, size), weight: 1 },
    { arbitrary: commandsOf(READING, size), weight: 1 },
    { arbitrary: commandsOf(REBUILDING, size), weight: 1 },
    { arbitrary: commandsOf(EXPIRING, size), weight: 2 },
  )

const commandsOf = (acts: fc.Arbitrary<Act>[], maxCommands: number) =>
  fc.commands<object, Stage, true>(acts, { maxCommands, size: 'max' })
