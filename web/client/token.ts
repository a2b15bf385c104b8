/** Thrown by `getToken`: the user is signed out. Ends the connection for good; any other error is tried again. */
export class UnauthorizedError extends Error {
  override name = 'UnauthorizedError'
}

/** What the client reads from a token. It does not verify: that is the server's work. */
export interface Claims {
  /** The user; undefined where the token cannot be read. */
  user?: string
  /** Milliseconds since 1970. */
  expiresAt?: number
}

/** Reads `sub` and `exp` of a JWT (RFC 7519), in base64url without padding (RFC 7515, appendix C). */
export function readClaims(token: string): Claims {
  try {
    const text = atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))
    const bytes = Uint8Array.from(text, character => character.charCodeAt(0))
    const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown }
    return {
      ...(typeof sub === 'string' && { user: sub }),
      ...(typeof exp === 'number' && { expiresAt: exp * 1000 }),
    }
  } catch {
    return {}
  }
}
