import { Awaiting } from '../parts/awaiting.tsx'
import { Empty } from '../parts/notice.tsx'
import { isKnown, useGrantsState } from '../parts/services.ts'
import { Title } from '../parts/title.tsx'
import { Link } from '../router.tsx'

/** The person's groups: to manage where they are admin, to use where they are a member. */
export function HomePage() {
  const groups = useGrantsState(grants => grants.groups)
  const known = useGrantsState(isKnown)
  const user = useGrantsState(grants => grants.user)
  return (
    <>
      <Title text="Your groups" />
      {!known && <Awaiting what="your groups" />}
      {known && groups.length === 0 && (
        <Empty title="You are in no group yet">
          <p>
            Ask an admin to add you, as <code>{user}</code>. This page shows the group as soon as they do.
          </p>
        </Empty>
      )}
      {groups.length > 0 && (
        <ul className="card rows" aria-live="polite">
          {groups.map(({ group, role }) => (
            <li key={group}>
              <strong className="grow">{group}</strong>
              <span className="tag">{role}</span>
              {role === 'admin' ? (
                <Link className="button primary" to={`/admin/${encodeURIComponent(group)}`}>
                  Manage {group}
                </Link>
              ) : (
                <Link className="button" to="/member">
                  See what you may do
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
