import { useCallback, useState } from 'react'
import type { Member, PresentMember, Role } from '../../../protocol/documents.ts'
import { Failure, Notice } from '../parts/notice.tsx'
import { usePages } from '../parts/pages.ts'
import { useServices } from '../parts/services.ts'
import { Shown } from '../parts/shown.tsx'
import { When } from '../parts/when.tsx'
import { AddMember } from './add-member.tsx'
import { byUser, usePresence } from './use-presence.ts'

/** Who is in the group: add, change the role, remove. */
export function MembersTab({ group }: { group: string }) {
  const { api } = useServices()
  const fetchPage = useCallback(
    async (cursor: string | null, signal: AbortSignal) => {
      const page = await api.members(group, cursor, signal)
      return { items: page.members, cursor: page.cursor }
    },
    [api, group],
  )
  const members = usePages<Member>(fetchPage)
  const presence = usePresence(group)
  const [outcome, setOutcome] = useState<{ done: string } | { error: unknown }>()
  const online = presence.result.state === 'ready' ? presence.result.value.items : undefined

  const run = async (work: () => Promise<unknown>, done: string) => {
    const outcome = await work().then(
      () => ({ done }),
      (error: unknown) => ({ error }),
    )
    setOutcome(outcome)
    members.reload()
    presence.reload()
    return 'done' in outcome
  }
  return (
    <div className="stack">
      <AddMember add={(user, role) => run(() => api.setMember(group, user, role), `${user} is ${role} now.`)} />
      {outcome !== undefined && 'done' in outcome && <Notice kind="good" title={outcome.done} />}
      {outcome !== undefined && 'error' in outcome && <Failure error={outcome.error} />}
      <Shown what="the members" result={members.result} reload={members.reload}>
        {({ items, hasMore }) => (
          <section className="card" aria-labelledby="members">
            <h2 id="members">Members</h2>
            <ul className="rows">
              {items.toSorted(byUser).map(member => (
                <MemberRow
                  key={member.user}
                  member={member}
                  online={online}
                  setRole={role => run(() => api.setMember(group, member.user, role), `${member.user} is ${role} now.`)}
                  remove={present =>
                    run(
                      () => api.removeMember(group, member.user),
                      `${member.user} was removed${present === undefined ? '' : `: ${count(present.connections.length)} lost access at this moment`}.`,
                    )
                  }
                />
              ))}
            </ul>
            {hasMore && (
              <div>
                <button type="button" onClick={members.more}>
                  Show more
                </button>
              </div>
            )}
          </section>
        )}
      </Shown>
    </div>
  )
}

interface RowProps {
  member: Member
  /** Who is online; undefined until that is known. */
  online: PresentMember[] | undefined
  setRole: (role: Role) => Promise<boolean>
  remove: (present: PresentMember | undefined) => Promise<boolean>
}

function MemberRow({ member: { user, role, since }, online, setRole, remove }: RowProps) {
  const present = online?.find(person => person.user === user)
  const absent = online === undefined ? '…' : 'offline'
  const [asking, setAsking] = useState<boolean>()
  return (
    <li className="member">
      <span>
        <strong>{user}</strong>{' '}
        <span className="small quiet">
          since <When at={since} />
        </span>
      </span>
      <span className={present === undefined ? 'tag' : 'tag yes'}>
        {present === undefined ? absent : `online in ${count(present.connections.length)}`}
      </span>
      <select
        aria-label={`Role of ${user}`}
        value={role}
        onChange={event => void setRole(event.target.value === 'admin' ? 'admin' : 'member')}
      >
        <option>member</option>
        <option>admin</option>
      </select>
      {asking ? (
        <span className="row sure">
          <button
            type="button"
            className="danger"
            autoFocus
            onClick={() => void remove(present).then(() => setAsking(false))}
          >
            Yes, remove {user}
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            Keep
          </button>
        </span>
      ) : (
        // Takes the focus back after an answer.
        <button type="button" className="plain danger" autoFocus={asking === false} onClick={() => setAsking(true)}>
          Remove<span className="aside"> {user}</span>
        </button>
      )}
    </li>
  )
}

const count = (windows: number) => `${windows} ${windows === 1 ? 'window' : 'windows'}`
