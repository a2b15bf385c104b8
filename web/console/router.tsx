import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react'
import { inSlot, slotOf } from './slot.ts'

export const TABS = ['settings', 'members', 'history', 'presence', 'events'] as const
export type Tab = (typeof TABS)[number]

export type Route =
  | { page: 'home' }
  | { page: 'member' }
  /** `signingIn`: on the way back from the provider, for the next of its people. */
  | { page: 'demo'; signingIn: boolean }
  | { page: 'admin'; group: string; tab: Tab }
  | { page: 'missing' }

/** What a path shows. */
export function routeOf(pathname: string): Route {
  const [first = '', group, tab = 'settings', ...rest] = pathname.split('/').slice(1)
  if (first === '' && group === undefined) return { page: 'home' }
  if (first === 'member' && group === undefined) return { page: 'member' }
  if (first === 'demo' && (group === undefined || group === 'sign-in'))
    return { page: 'demo', signingIn: group !== undefined }
  const known = TABS.find(name => name === tab)
  if (first === 'admin' && group !== undefined && group !== '' && known !== undefined && rest.length === 0)
    return { page: 'admin', group: decode(group), tab: known }
  return { page: 'missing' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const CHANGED = 'grantwire:navigated'

/** The path that the window is at. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener)
  addEventListener(CHANGED, listener)
  return () => {
    removeEventListener('popstate', listener)
    removeEventListener(CHANGED, listener)
  }
}

/** Fires before a link is followed; its detail is the path. Preventing it keeps the page. */
export const LEAVING = 'grantwire:leaving'
export type Leaving = CustomEvent<string>

const currentSlot = () => slotOf(new URL(location.href))

/** Goes to a path of this console, in the same slot, unless the page holds it back. */
export function navigate(path: string): void {
  const leaving: Leaving = new CustomEvent(LEAVING, { cancelable: true, detail: path })
  if (!dispatchEvent(leaving)) return
  history.pushState(null, '', inSlot(path, currentSlot()))
  scrollTo(0, 0)
  dispatchEvent(new Event(CHANGED))
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string }

/** A link inside of this console: a real address, taken without loading the page again. */
export function Link({ to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return <a {...rest} href={inSlot(to, currentSlot())} onClick={follow} />
}
