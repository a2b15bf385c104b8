import type { SettingsDocument } from './documents.ts'

type Holder = Pick<SettingsDocument, 'subject' | 'settings'>

/**
 * Whether `permission` is granted by the documents: the user's own document wins; otherwise an explicit `false` in any group
 * denies; otherwise a `true` in any group allows; otherwise it is denied. Server and browser share this one rule.
 *
 * @param group only this group (and the user's own document, which still wins) is asked
 */
export function can(documents: Iterable<Holder>, permission: string, group?: string): boolean {
  let granted: boolean | undefined
  for (const { subject, settings } of documents) {
    const own = subject.startsWith('user:')
    if (!own && group !== undefined && subject !== `group:${group}`) continue
    const value = Object.hasOwn(settings, permission) ? settings[permission] : undefined
    if (typeof value !== 'boolean') continue
    if (own) return value
    granted = value && granted !== false
  }
  return granted === true
}

/** Every permission that any document names, with its effective value. */
export function effectivePermissions(documents: readonly Holder[]): { [permission: string]: boolean } {
  const names = new Set<string>()
  for (const { settings } of documents)
    for (const [key, value] of Object.entries(settings)) if (typeof value === 'boolean') names.add(key)
  return Object.fromEntries([...names].sort().map(name => [name, can(documents, name)]))
}
