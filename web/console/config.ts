/** `config.json` beside the page: the local run and the deployment write it, so one build serves both. */
export interface Config {
  /** Address of the HTTP API, without a slash at the end. */
  httpUrl: string
  webSocketUrl: string
  /** Address of the OpenID provider. */
  issuer: string
  clientId: string
  /** Scopes to ask for, separated by spaces. */
  scope: string
}

const NAMES = ['httpUrl', 'webSocketUrl', 'issuer', 'clientId', 'scope'] as const

/**
 * Reads `config.json`, which `index.html` has asked for already. It is served as `no-cache`: after a deployment an old one
 * would point to APIs that are gone.
 *
 * @throws Error that says what is wrong with the file, in words for the person who deploys
 */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json')
  if (!response.ok) throw new Error(`config.json answered ${response.status}. It must lie beside this page.`)
  const value: unknown = await response.json().catch(() => undefined)
  if (!isConfig(value)) throw new Error(`config.json must be an object with the texts ${NAMES.join(', ')}.`)
  return { ...value, httpUrl: value.httpUrl.replace(/\/+$/, '') }
}

const isConfig = (value: unknown): value is Config =>
  typeof value === 'object' &&
  value !== null &&
  NAMES.every(name => name in value && typeof (value as Record<string, unknown>)[name] === 'string')
