import { Awaiting } from '../parts/awaiting.tsx'
import { Notice } from '../parts/notice.tsx'
import { isKnown, useGrantsState } from '../parts/services.ts'
import { Title } from '../parts/title.tsx'
import { Link, TABS, type Tab } from '../router.tsx'
import { useDeliveries } from './deliveries.ts'
import { EventsTab } from './events.tsx'
import { HistoryTab } from './history.tsx'
import { MembersTab } from './members.tsx'
import { PresenceTab } from './presence.tsx'
import { SettingsTab } from './settings.tsx'
import '../look/admin.css'

const NAMES: Record<Tab, string> = {
  settings: 'Settings',
  members: 'Members',
  history: 'History',
  presence: 'Presence',
  events: 'Events',
}

/** Everything about one group, for its admins. */
export default function AdminPage({ group, tab }: { group: string; tab: Tab }) {
  const known = useGrantsState(isKnown)
  const role = useGrantsState(grants => grants.groups.find(entry => entry.group === group)?.role)
  const ready = useGrantsState(grants => grants.settings(`group:${group}`) !== undefined)
  const updates = useDeliveries(group)

  return (
    <>
      <Title text={`${NAMES[tab]} of ${group}`}>{group}</Title>
      {!known && <Awaiting what="the group" />}
      {known && role !== 'admin' && (
        <Notice kind="mind" title={role === undefined ? `You are not in ${group}` : `You are not an admin of ${group}`}>
          <p>
            Ask one of its admins for the role. This page opens by itself when you have it.{' '}
            <Link to="/">Go to your groups</Link>
          </p>
        </Notice>
      )}
      {role === 'admin' && ready && (
        <>
          <nav className="tabs" aria-label={`Parts of ${group}`}>
            {TABS.map(name => (
              <Link
                key={name}
                to={`/admin/${encodeURIComponent(group)}/${name}`}
                aria-current={name === tab ? 'page' : undefined}
              >
                {NAMES[name]}
              </Link>
            ))}
          </nav>
          {/* Hidden, not gone: what was typed is still there when one comes back. */}
          <div hidden={tab !== 'settings'}>
            <SettingsTab group={group} updates={updates} isShown={tab === 'settings'} />
          </div>
          {tab === 'members' && <MembersTab group={group} />}
          {tab === 'history' && <HistoryTab group={group} updates={updates} />}
          {tab === 'presence' && <PresenceTab group={group} deliveries={updates.deliveries} />}
          {tab === 'events' && <EventsTab group={group} />}
        </>
      )}
    </>
  )
}
