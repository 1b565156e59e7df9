// Owns proof of possession of the code (RFC 7636): S256 only, for every client (OAuth 2.1 4.1.1).
import { createHash, timingSafeEqual } from 'node:crypto'

export const codeChallengeMethods = ['S256'] as const

/** Whether this can be a S256 challenge: SHA-256 in base64url is 43 characters (RFC 7636 4.2). */
export function isChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/** Whether the verifier is well-formed (RFC 7636 4.1) and hashes to the challenge (4.6), in constant time. */
export function verifyPkce(challenge: string, verifier: string): boolean {
  if (!isChallenge(challenge) || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  const computed = createHash('sha256').update(verifier, 'ascii').digest('base64url')
  return timingSafeEqual(Buffer.from(computed), Buffer.from(challenge))
}
