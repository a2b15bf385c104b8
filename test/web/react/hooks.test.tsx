// @vitest-environment jsdom
import type { Me } from '@grantwire/client'
import { GrantsProvider, useCan, useConnection, useFreshness, useGrantsEvent, useSettings } from '@grantwire/react'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode, useState, type ReactNode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeGrants } from './fake-grants.ts'

let fake: FakeGrants
beforeEach(() => {
  fake = new FakeGrants()
})
afterEach(cleanup)

const show = (children: ReactNode) => render(<GrantsProvider grants={fake.grants}>{children}</GrantsProvider>)
const change = (...answers: Parameters<FakeGrants['change']>) => act(() => fake.change(...answers))

describe('useCan', () => {
  const rendered = vi.fn()
  function Approve({ permission = 'invoice.approve', group }: { permission?: string; group?: string }) {
    const may = useCan(permission, { group })
    rendered(permission)
    return <button disabled={!may}>Approve</button>
  }
  const isAllowed = () => !screen.getByRole<HTMLButtonElement>('button').disabled
  beforeEach(() => rendered.mockClear())

  test('is false until the permission is known, and follows it from then on', () => {
    show(<Approve />)
    expect(isAllowed()).toBe(false)
    change({ permissions: { 'invoice.approve': true } })
    expect(isAllowed()).toBe(true)
    change({ permissions: {} })
    expect(isAllowed()).toBe(false)
  })

  test('asks one group where it is told to', () => {
    show(<Approve group="eng" />)
    change({ permissions: { 'invoice.approve': true } })
    expect(isAllowed()).toBe(false)
    change({ permissions: { 'eng/invoice.approve': true } })
    expect(isAllowed()).toBe(true)
  })

  test('renders a component again only when its own answer changed', () => {
    show(
      <>
        <Approve />
        <Approve permission="report.export" />
      </>,
    )
    rendered.mockClear()
    change({ freshness: 'fresh', documents: { 'group:eng': {} } })
    expect(rendered).not.toHaveBeenCalled()
    change({ permissions: { 'report.export': true } })
    expect(rendered.mock.calls).toEqual([['report.export']])
  })

  test('leaves nothing behind when it goes, also under StrictMode', () => {
    const { unmount } = show(
      <StrictMode>
        <Approve />
      </StrictMode>,
    )
    expect(fake.subscribers).toBe(1)
    unmount()
    expect(fake.subscribers).toBe(0)
  })

  test('follows another client when the provider is given one', async () => {
    const next = new FakeGrants()
    next.permissions = { 'invoice.approve': true }
    const { rerender } = show(<Approve />)
    rerender(
      <GrantsProvider grants={next.grants}>
        <Approve />
      </GrantsProvider>,
    )
    expect(isAllowed()).toBe(true)
    expect(fake.subscribers).toBe(0)
  })

  test('says what is missing where there is no provider', () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(() => render(<Approve />)).toThrow('Put a <GrantsProvider')
    vi.restoreAllMocks()
  })
})

test('useSettings, useConnection and useFreshness show what the client says', () => {
  function Shown() {
    return <p>{JSON.stringify([useSettings('group:eng'), useConnection().state, useFreshness()])}</p>
  }
  show(<Shown />)
  const text = () => screen.getByText(/./).textContent
  expect(text()).toBe('[null,"connecting","initializing"]')
  change({
    documents: { 'group:eng': { limit: 5 } },
    connection: { state: 'connected', reason: 'synced' },
    freshness: 'fresh',
  })
  expect(text()).toBe('[{"limit":5},"connected","fresh"]')
})

describe('useGrantsEvent', () => {
  test('calls the listener of the last render, with the data and then the event', () => {
    const heard: unknown[] = []
    function Listens() {
      const [count, setCount] = useState(0)
      useGrantsEvent('MaintenanceSoon', (data, event) => heard.push([count, data, event]))
      return <button onClick={() => setCount(count + 1)}>More</button>
    }
    show(<Listens />)
    act(() => screen.getByRole('button').click())
    fake.tell('MaintenanceSoon', { minutes: 5 }, { id: 'a' })
    expect(heard).toEqual([[1, { minutes: 5 }, { id: 'a' }]])
  })

  test('listens once under StrictMode, and no more when it is gone', () => {
    function Listens() {
      useGrantsEvent('UserUpdated', () => undefined)
      return null
    }
    const { unmount } = show(
      <StrictMode>
        <Listens />
      </StrictMode>,
    )
    expect(fake.listenersOf('UserUpdated')).toBe(1)
    unmount()
    expect(fake.listenersOf('UserUpdated')).toBe(0)
  })
})

describe('a page that a server renders', () => {
  const bootstrap: Me = {
    user: 'bob',
    groups: [{ group: 'eng', role: 'member' }],
    documents: [
      {
        subject: 'group:eng',
        version: 3,
        settings: { beta: true, title: 'Engineering' },
        updatedBy: 'a',
        updatedAt: 'x',
      },
    ],
    permissions: { beta: true },
  }
  function Page() {
    const title = useSettings('group:eng')?.['title']
    return (
      <p>
        {typeof title === 'string' ? title : 'nothing'}, {useCan('beta') ? 'beta' : 'no beta'}
      </p>
    )
  }
  const page = (grants?: FakeGrants) => (
    <GrantsProvider grants={grants?.grants} bootstrap={bootstrap}>
      <Page />
    </GrantsProvider>
  )

  test('shows the settings of the bootstrap, and allows nothing, without a client', () => {
    expect(renderToString(page())).toContain('Engineering')
    expect(renderToString(page())).toContain('no beta')
    expect(renderToString(<GrantsProvider>{<Page />}</GrantsProvider>)).toContain('nothing')
  })

  test('is taken over without a mismatch by a client that already knows more, and then shows what that knows', async () => {
    const complaints = vi.fn()
    document.body.innerHTML = `<div>${renderToString(page())}</div>`
    fake.permissions = { beta: true }
    fake.documents = { 'group:eng': { title: 'Engineering 2' } }
    const root = await act(() =>
      hydrateRoot(document.body.firstElementChild as Element, page(fake), { onRecoverableError: complaints }),
    )
    expect(complaints).not.toHaveBeenCalled()
    expect(document.body.textContent).toBe('Engineering 2, beta')
    act(() => root.unmount())
  })
})
