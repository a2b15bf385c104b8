import { GROUPS } from '../../../local/seed.ts'
import { getToken } from '../../../local/tokens.ts'

/** Gives the demo's groups the settings and members back that they began with. */
export async function restore(stack: { consoleUrl: string; httpUrl: string; issuer: string }): Promise<void> {
  const token = await getToken(stack, { who: 'service' })
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${stack.httpUrl}/groups/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  for (const { group, admin, members, settings } of GROUPS) {
    const now = (await call('GET', group)) as { settings: object }
    const added = Object.keys(now.settings).filter(key => !Object.hasOwn(settings, key))
    await call('PATCH', group, { ...settings, ...Object.fromEntries(added.map(key => [key, null])) })
    const { members: there } = (await call('GET', `${group}/members`)) as { members: { user: string }[] }
    for (const user of members) await call('PUT', `${group}/members/${user}`, { role: 'member' })
    for (const { user } of there)
      if (user !== admin && !members.includes(user)) await call('DELETE', `${group}/members/${user}`)
  }
}
