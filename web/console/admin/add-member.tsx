import { useId, useState, type SubmitEvent } from 'react'
import type { Role } from '../../../protocol/documents.ts'
import { ID_PATTERN } from '../../../protocol/ids.ts'

/** Adds somebody by the `sub` of their tokens; `add` resolves with whether that worked. */
export function AddMember({ add }: { add: (user: string, role: Role) => Promise<boolean> }) {
  const id = useId()
  const [user, setUser] = useState('')
  const [role, setRole] = useState<Role>('member')
  const name = user.trim()
  const valid = ID_PATTERN.test(name)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!valid) return
    void add(name, role).then(worked => {
      if (worked) setUser('')
    })
  }
  return (
    <form className="card" onSubmit={submit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Add a member</h2>
      <div className="row end">
        <div className="field grow">
          <label htmlFor={`${id}-user`}>User</label>
          <input
            id={`${id}-user`}
            value={user}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            aria-describedby={`${id}-problem`}
            onChange={event => setUser(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-role`}>Role</label>
          <select
            id={`${id}-role`}
            value={role}
            onChange={event => setRole(event.target.value === 'admin' ? 'admin' : 'member')}
          >
            <option>member</option>
            <option>admin</option>
          </select>
        </div>
        <button className="primary" disabled={!valid}>
          Add
        </button>
      </div>
      <p id={`${id}-problem`} className="problem" aria-live="polite">
        {name !== '' && !valid && 'Use 1 to 128 letters, digits and . _ @ | : = + -'}
      </p>
    </form>
  )
}
