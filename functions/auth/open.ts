import { environment } from '../core/environment.ts'
import { TokenVerifier } from './verify-token.ts'

/** Verification against the issuer and audiences that the stack gave. */
export const openVerifier = (): TokenVerifier =>
  new TokenVerifier(environment('ISSUER'), environment('AUDIENCE').split(','))
