import { ID_PATTERN } from '../../protocol/ids.ts'

/**
 * A slot keeps one sign-in apart from the others of the same browser, so that the frames of `/demo` can be four people.
 * It is named by `?as=alice`; the name is also the account that the sign-in suggests. Without it there is the one main slot.
 */
export type Slot = string | undefined

/** A frame of `/demo` has its name outside, and room for little more than what changes. */
export const FRAMED = typeof window === 'object' && window !== window.top

/** The slot that an address names. On the way back from the provider it is the second part of `state`. */
export function slotOf(address: Pick<URL, 'pathname' | 'searchParams'>): Slot {
  const name =
    address.pathname === '/callback'
      ? address.searchParams.get('state')?.split(';')[1]
      : (address.searchParams.get('as') ?? undefined)
  return name !== undefined && ID_PATTERN.test(name) ? name : undefined
}

/** The same path, inside of a slot. */
export const inSlot = (path: string, slot: Slot): string =>
  slot === undefined ? path : `${path}?as=${encodeURIComponent(slot)}`
