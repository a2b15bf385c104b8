/** What may be chosen at a deployment, by the context: `-c issuer=https://… -c audience=a,b`. */
export interface StackSettings {
  stackName: string
  /** An OpenID issuer of your own; without one, a Cognito user pool is made. */
  ownIssuer?: { issuer: string; audience: string[]; consoleClientId: string; consoleScope: string }
  /** Origins of browser applications that may use the two APIs, besides the console's. */
  origins: string[]
  /** How long a superseded version of settings is kept. */
  retentionDays: number
}

/** Scopes that the console asks for, separated by spaces. */
export const DEFAULT_SCOPE = 'openid profile'

/** @throws Error that says which value is wrong and what it should be */
export function readSettings(context: (key: string) => unknown): StackSettings {
  const text = (key: string): string | undefined => {
    const value = context(key)
    return value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)
  }
  const list = (key: string): string[] =>
    (text(key) ?? '')
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')

  const retentionDays = Number(text('retentionDays') ?? 365)
  if (!Number.isInteger(retentionDays) || retentionDays < 1)
    throw new Error('retentionDays must be a whole number of days, 1 or more.')
  const origins = list('origins')
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new Error(`origins: ${origin} is not an origin such as https://app.example.com`)
  const common = { stackName: text('stackName') ?? 'Grantwire', origins, retentionDays }

  const issuer = text('issuer')
  const audience = list('audience')
  if (issuer === undefined) {
    if (audience.length > 0) throw new Error('audience is for an issuer of your own: give issuer too.')
    return common
  }
  if (!URL.canParse(issuer) || new URL(issuer).protocol !== 'https:')
    throw new Error('issuer must be an https address: the JWT authorizer of API Gateway takes no other.')
  const [first] = audience
  if (first === undefined) throw new Error('With an issuer, give the audience of its access tokens: -c audience=…')
  const consoleScope = text('consoleScope') ?? DEFAULT_SCOPE
  if (!consoleScope.split(' ').includes('openid')) throw new Error('consoleScope must name openid among its scopes.')
  return { ...common, ownIssuer: { issuer, audience, consoleClientId: text('consoleClientId') ?? first, consoleScope } }
}
