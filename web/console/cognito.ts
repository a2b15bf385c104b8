/**
 * Where a browser goes to end a session of Cognito's. It publishes its sign-out address as `end_session_endpoint`, but takes
 * `client_id` and `logout_uri` there, not the parameters of the standard, and refuses a request without them
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html).
 *
 * @param returnTo one of the client's sign-out URLs, to the letter
 * @returns undefined for any other issuer
 */
export function cognitoSignOut(
  issuer: string,
  endpoint: string,
  request: { clientId: string; returnTo: string },
): string | undefined {
  if (!/^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//.test(issuer)) return undefined
  const address = new URL(endpoint)
  address.search = new URLSearchParams({ client_id: request.clientId, logout_uri: request.returnTo }).toString()
  return address.href
}
