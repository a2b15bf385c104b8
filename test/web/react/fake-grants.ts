import type { Connection, Freshness, Grants, GroupRole, Settings, Subject } from '@grantwire/client'

/** A client whose answers a test sets; it counts who listens. */
export class FakeGrants {
  permissions: Record<string, boolean> = {}
  documents: Record<Subject, Settings> = {}
  connection: Connection = { state: 'connecting', reason: 'starting' }
  freshness: Freshness = 'initializing'
  readonly user = undefined
  groups: readonly GroupRole[] = []
  readonly connectionId = undefined
  readonly #changes = new Set<() => void>()
  readonly #listeners = new Map<string, Set<(...values: never[]) => void>>()

  can(permission: string, { group }: { group?: string | undefined } = {}): boolean {
    return this.permissions[group === undefined ? permission : `${group}/${permission}`] ?? false
  }

  settings(subject: Subject): Settings | undefined {
    return this.documents[subject]
  }

  on(event: string, listener: (...values: never[]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  subscribe(listener: () => void): () => void {
    this.#changes.add(listener)
    return () => this.#changes.delete(listener)
  }

  /** Sets answers, and says that something changed. */
  change(answers: Partial<Pick<FakeGrants, 'permissions' | 'documents' | 'connection' | 'freshness'>>): void {
    Object.assign(this, answers)
    for (const listener of this.#changes) listener()
  }

  tell(event: string, ...values: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...(values as never[]))
  }

  listenersOf(event: string): number {
    return this.#listeners.get(event)?.size ?? 0
  }

  get subscribers(): number {
    return this.#changes.size
  }

  get grants(): Grants {
    return this as unknown as Grants
  }
}
