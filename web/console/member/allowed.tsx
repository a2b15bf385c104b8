import type { Grants } from '@grantwire/client'
import { effectivePermissions } from '../../../protocol/permissions.ts'
import { isKnown, useGrantsState } from '../parts/services.ts'
import { Awaiting } from '../parts/awaiting.tsx'
import { Empty, Notice } from '../parts/notice.tsx'

/** Every permission that any of the person's settings name, with its answer now. `changed` names the ones that just did. */
export function Allowed({ changed, round }: { changed: ReadonlySet<string>; round: string }) {
  // Text compares by value, so this renders again only when an answer changed.
  const listed = useGrantsState(grants => JSON.stringify(permissionsOf(grants)))
  const known = useGrantsState(isKnown)
  const stale = useGrantsState(grants => grants.freshness === 'stale')
  const permissions = Object.entries(JSON.parse(listed) as Record<string, boolean>)
  return (
    <section className="card hold" aria-labelledby="allowed">
      <h2 id="allowed">What I may do</h2>
      {!known && <Awaiting what="your permissions" />}
      {stale && (
        <Notice kind="mind" title="You are offline">
          <p>Nothing that needs a permission is allowed until you are back.</p>
        </Notice>
      )}
      {known && permissions.length === 0 && (
        <Empty title="No permissions yet">
          <p>An admin of one of your groups can add one.</p>
        </Empty>
      )}
      <ul className="rows" aria-live="polite">
        {permissions.map(([permission, allowed]) => (
          <li
            key={changed.has(permission) ? `${permission} ${round}` : permission}
            className={changed.has(permission) ? 'fresh' : undefined}
          >
            <code className="grow">{permission}</code>
            <span className={allowed ? 'tag yes' : 'tag no'}>{allowed ? '✓ allowed' : '✕ not allowed'}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Asks `can` itself, which says no to everything while the documents are stale. */
function permissionsOf(grants: Grants): Record<string, boolean> {
  const { groups, user } = grants
  const subjects = [...groups.map(({ group }) => `group:${group}` as const), ...(user ? [`user:${user}` as const] : [])]
  const documents = subjects.map(subject => ({ subject, settings: grants.settings(subject) ?? {} }))
  return Object.fromEntries(Object.keys(effectivePermissions(documents)).map(name => [name, grants.can(name)]))
}
