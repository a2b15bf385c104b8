import { getToken } from './tokens.ts'

/** Who the sign-in page offers. */
export const ACCOUNTS = ['alice', 'bob', 'carol', 'dana']

/** The groups that the demo begins with. */
export const GROUPS = [
  {
    group: 'engineering',
    admin: 'alice',
    members: ['bob', 'carol'],
    settings: {
      'invoice.approve': true,
      'invoice.edit': true,
      'report.view': true,
      'report.export': false,
      'deploy.production': false,
      theme: 'light',
      maxUploadMb: 25,
    },
  },
  {
    group: 'finance',
    admin: 'dana',
    members: ['carol'],
    settings: {
      'invoice.approve': true,
      'invoice.edit': true,
      'report.view': true,
      currency: 'EUR',
    },
  },
]

/** Makes the demo's groups through the HTTP API, as a service of a customer would. Groups that are there stay as they are. */
export async function seed(stack: { consoleUrl: string; httpUrl: string; issuer: string }): Promise<void> {
  const token = await getToken(stack, { who: 'service' })
  const put = async (path: string, body: object): Promise<number> => {
    const answer = await fetch(`${stack.httpUrl}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok && answer.status !== 409)
      throw new Error(`PUT ${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.status
  }
  for (const { group, admin, members, settings } of GROUPS) {
    await put(`/groups/${group}`, { admin, settings })
    for (const user of members) await put(`/groups/${group}/members/${user}`, { role: 'member' })
  }
}
