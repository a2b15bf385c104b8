import type { Problem } from '../../protocol/codes.ts'
import type {
  Change,
  Delivery,
  HistoryEntry,
  JsonValue,
  Me,
  Member,
  PresentMember,
  Role,
  SettingsDocument,
  UpdateResult,
} from '../../protocol/documents.ts'
import { EXCLUDE_CONNECTION_HEADER } from '../../protocol/limits.ts'

/** One page of a list; `cursor` asks for the next one, null where this was the last. */
export type Page<Name extends string, Item> = Record<Name, Item[]> & { cursor: string | null }

/** The HTTP API answered with an error. `problem` is there unless something before the API answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly problem: Problem | undefined

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.detail ?? `The server answered ${status}`)
    this.status = status
    this.problem = problem
  }
}

/** The routes of the HTTP API that the console uses. Each throws `ApiError`, or a `TypeError` where no answer came. */
export type Api = ReturnType<typeof createApi>

interface Call {
  method?: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

/** @param httpUrl without a slash at the end */
export function createApi(httpUrl: string, getToken: () => Promise<string>) {
  async function call<T>(path: string, { method = 'GET', body, headers = {}, signal }: Call = {}): Promise<T> {
    const response = await fetch(`${httpUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await getToken()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await response.text()
    if (!response.ok) throw new ApiError(response.status, problemOf(text))
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  const group = (id: string) => `/groups/${encodeURIComponent(id)}`
  const page = (cursor: string | null) => (cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`)

  return {
    me: (signal?: AbortSignal) => call<Me>('/me', { signal }),

    document: (id: string, signal?: AbortSignal) => call<SettingsDocument>(group(id), { signal }),

    /** Saves a merge patch, only where the newest version is still `version`: otherwise an error with code version_mismatch. */
    update: (id: string, version: number, change: Change) =>
      call<UpdateResult>(group(id), {
        method: 'PATCH',
        body: change,
        headers: { 'content-type': 'application/merge-patch+json', 'if-match': `"${version}"` },
      }),

    members: (id: string, cursor: string | null, signal?: AbortSignal) =>
      call<Page<'members', Member>>(`${group(id)}/members${page(cursor)}`, { signal }),

    /** Adds a member, or gives one another role. */
    setMember: (id: string, user: string, role: Role) =>
      call<unknown>(`${group(id)}/members/${encodeURIComponent(user)}`, { method: 'PUT', body: { role } }),

    removeMember: (id: string, user: string) =>
      call<unknown>(`${group(id)}/members/${encodeURIComponent(user)}`, { method: 'DELETE' }),

    /** Newest first. */
    history: (id: string, cursor: string | null, signal?: AbortSignal) =>
      call<Page<'versions', HistoryEntry>>(`${group(id)}/history${page(cursor)}`, { signal }),

    revert: (id: string, version: number) =>
      call<UpdateResult>(`${group(id)}/revert`, { method: 'POST', body: { version } }),

    presence: (id: string, cursor: string | null, signal?: AbortSignal) =>
      call<Page<'members', PresentMember>>(`${group(id)}/presence${page(cursor)}`, { signal }),

    /** Sends a custom event to the group; `exclude` is a connection that shall not get it. */
    send: (id: string, event: { event: string; data: JsonValue; id: string }, exclude?: string) =>
      call<{ id: string; delivery: Delivery }>(`${group(id)}/events`, {
        method: 'POST',
        body: event,
        headers: exclude === undefined ? {} : { [EXCLUDE_CONNECTION_HEADER]: exclude },
      }),
  }
}

function problemOf(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'code' in value ? (value as Problem) : undefined
  } catch {
    return undefined
  }
}

/** What went wrong and what to do, in words for the person at the screen. */
export function explain(error: unknown): { title: string; detail: string } {
  if (error instanceof ApiError && error.problem !== undefined)
    return { title: error.problem.title, detail: error.problem.detail }
  if (error instanceof ApiError && error.status === 401)
    return { title: 'Your session has ended', detail: 'Sign out and sign in again.' }
  if (error instanceof ApiError && error.status === 403)
    return { title: 'Not allowed', detail: 'Ask an admin of this group.' }
  if (error instanceof TypeError)
    return { title: 'The server cannot be reached', detail: 'Check your network, then try again.' }
  return { title: 'That did not work', detail: error instanceof Error ? error.message : 'Try again in a moment.' }
}
