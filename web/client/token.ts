/** Thrown by `getToken`: the user is signed out. Ends the connection for good; any other error is tried again. */
export class UnauthorizedError extends Error {
  override name = 'UnauthorizedError'
}

/** What the client reads from a token. It does not verify: that is the server's work. */
export interface Claims {
  /** The user; undefined where the token cannot be read. */
  sub?: string
  /** Seconds since 1970. */
  exp?: number
}

/** Reads the claims of a JWT (RFC 7519), in base64url without padding (RFC 7515, appendix C). */
export function readClaims(token: string): Claims {
  try {
    const text = atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, character => character.charCodeAt(0)))) as Claims
  } catch {
    return {}
  }
}
