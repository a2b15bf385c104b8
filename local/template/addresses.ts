/** Where the emulated services listen on this machine; all `http://127.0.0.1:<port>`. */
export interface LocalOrigins {
  console: string
  http: string
  webSocket: string
  signIn: string
  /** DynamoDB and SQS. */
  aws: string
}

/** The host names that AWS would give. */
export interface CloudHosts {
  /** `<api>.execute-api.<region>.amazonaws.com` */
  httpApi: string
  webSocketApi: string
  /** `*.execute-api.<region>.amazonaws.com`, as a content security policy names both APIs. */
  anyApi: string
  cognito: string
  /** `*.auth.<region>.amazoncognito.com` */
  anySignIn: string
  distribution: string
  sqs: string
}

/**
 * Puts local addresses in the place of those that AWS would give, in any text of the template. This is the one place where
 * the local run differs from the deployment, so that nothing in the product has to.
 */
export function localAddresses(hosts: CloudHosts, local: LocalOrigins): (text: string) => string {
  const socket = local.webSocket.replace('http:', 'ws:')
  const replacements: [string, string][] = [
    [`https://${hosts.httpApi}`, local.http],
    [`https://${hosts.webSocketApi}`, local.webSocket],
    [`wss://${hosts.webSocketApi}`, socket],
    [`https://${hosts.anyApi}`, local.http],
    [`wss://${hosts.anyApi}`, socket],
    [`https://${hosts.cognito}`, local.signIn],
    [`https://${hosts.anySignIn}`, local.signIn],
    [`https://${hosts.distribution}`, local.console],
    [`https://${hosts.sqs}`, local.aws],
  ]
  return text => replacements.reduce((result, [from, to]) => result.replaceAll(from, to), text)
}
