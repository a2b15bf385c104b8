import type { JsonValue, Settings } from '../../../protocol/documents.ts'
import { Notice } from '../parts/notice.tsx'
import { Switch } from '../parts/switch.tsx'
import { AddKey } from './add-key.tsx'
import type { DraftAction } from './draft.ts'
import { ValueField } from './value-field.tsx'

interface Props {
  settings: Settings
  /** What keeps the text of the JSON view from being shown here. */
  blocked: string | undefined
  change: (action: DraftAction) => void
  editJson: (key?: string) => void
}

/** The settings as a form: a switch for each permission, a field for each other value. */
export function Fields({ settings, blocked, change, editJson }: Props) {
  if (blocked !== undefined)
    return (
      <Notice kind="mind" title="Your JSON is not valid yet">
        <div>
          <button type="button" onClick={() => editJson()}>
            Go on in the JSON view
          </button>
        </div>
      </Notice>
    )
  const entries = Object.entries(settings).sort(([a], [b]) => a.localeCompare(b))
  const permissions = entries.filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')
  const others = entries.filter(([, value]) => typeof value !== 'boolean')
  const set = (key: string) => (value: JsonValue) => change({ do: 'set', key, value })
  return (
    <>
      <section className="card" aria-labelledby="permissions">
        <h2 id="permissions">Permissions</h2>
        {permissions.length === 0 && <p className="quiet">None yet. Add one below.</p>}
        <ul className="rows">
          {permissions.map(([key, on]) => (
            <li key={key}>
              <span className="row grow">
                <Switch label={key} on={on} change={set(key)} />
              </span>
              <Remove name={key} change={change} />
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-labelledby="others">
        <h2 id="others">Other settings</h2>
        {others.length === 0 && <p className="quiet">None yet. Add one below.</p>}
        <ul className="rows">
          {others.map(([key, value]) => (
            <li key={key} className="end">
              <ValueField name={key} value={value} change={set(key)} editJson={() => editJson(key)} />
              <Remove name={key} change={change} />
            </li>
          ))}
        </ul>
      </section>
      <AddKey settings={settings} add={(key, value) => change({ do: 'set', key, value })} />
    </>
  )
}

function Remove({ name, change }: { name: string; change: (action: DraftAction) => void }) {
  return (
    <button type="button" className="plain danger" onClick={() => change({ do: 'remove', key: name })}>
      Remove<span className="aside"> {name}</span>
    </button>
  )
}
