// Owns the memory of tokens already proven: the same one is shown many times, and its text proves the same.
import type { AccessClaims } from './claims.js'
import type { KeySet } from './keys.js'

export type Remembered = {
  /** The claims of a token that these very keys have proven. */
  readonly claimsOf: (token: string, keys: KeySet) => AccessClaims | undefined
  readonly remember: (token: string, claims: AccessClaims, keys: KeySet) => void
}

/**
 * Nothing that changes with time is remembered: expiry, revocation and requirements are the caller's to check,
 * every time. When the issuer publishes other keys everything is forgotten: one may have been withdrawn.
 * @param most the oldest are forgotten beyond it
 */
export function rememberTokens(most: number): Remembered {
  let provenBy: KeySet | undefined
  let claims = new Map<string, AccessClaims>()
  return {
    claimsOf: (token, keys) => (keys === provenBy ? claims.get(token) : undefined),
    remember: (token, proven, keys) => {
      if (most === 0) return
      if (keys !== provenBy) {
        provenBy = keys
        claims = new Map()
      }
      const [oldest] = claims.keys()
      if (claims.size >= most && oldest !== undefined) claims.delete(oldest)
      claims.set(token, proven)
    },
  }
}
