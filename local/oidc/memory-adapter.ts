import type { Adapter, AdapterPayload } from 'oidc-provider'

type Models = Map<string, Map<string, AdapterPayload>>

/** What a provider remembers (sessions, codes, refresh tokens), in memory and only for this provider. */
export function memoryAdapter(): (model: string) => Adapter {
  const models: Models = new Map()
  const of = (model: string): Map<string, AdapterPayload> => {
    const known = models.get(model) ?? new Map<string, AdapterPayload>()
    models.set(model, known)
    return known
  }
  const find = (model: string, by: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
    [...of(model).values()].find(by)

  return model => ({
    async upsert(id, payload) {
      of(model).set(id, payload)
    },
    async find(id) {
      return of(model).get(id)
    },
    async findByUid(uid) {
      return find(model, payload => payload.uid === uid)
    },
    async findByUserCode(userCode) {
      return find(model, payload => payload.userCode === userCode)
    },
    async consume(id) {
      const payload = of(model).get(id)
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      of(model).delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const entries of models.values())
        for (const [id, payload] of entries) if (payload.grantId === grantId) entries.delete(id)
    },
  })
}
