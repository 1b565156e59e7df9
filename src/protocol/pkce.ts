// Proof Key for Code Exchange (RFC 7636): S256 only, for every client that does not have `require_pkce=false`.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Client, ClientKind, ClientMetadata } from './client.js'

export const codeChallengeMethods = ['S256'] as const

/** Public clients have nothing else that binds a code to the browser that began (RFC 9700 2.1.1). */
function isPublic({ token_endpoint_auth_method }: ClientMetadata): boolean {
  return token_endpoint_auth_method === 'none'
}

/** Whether authorization requests of this client need a code challenge. */
export function requiresPkce(metadata: ClientMetadata): boolean {
  return metadata.require_pkce !== false || isPublic(metadata)
}

/** The kinds of clients that always use PKCE and that this client is one of, in words. */
function whyAlways(kind: ClientKind, metadata: ClientMetadata): string[] {
  const { require_pushed_authorization_requests: pushes, require_signed_request_object: signs } = metadata
  const rules: [boolean | undefined, string][] = [
    [isPublic(metadata), 'a public client'],
    // RFC 8252 8.1, 8.5: a secret that is shipped to many devices is none.
    [kind === 'native', 'a native app'],
    // FAPI 2.0 Security Profile 5.3.2.2.
    [pushes || signs, 'a client that must push or sign its requests'],
  ]
  return rules.flatMap(([applies, who]) => (applies ? [who] : []))
}

/** Why this client always uses PKCE although its metadata says that it may leave it out, in words. */
export function pkceFaults(kind: ClientKind, metadata: ClientMetadata): string[] {
  if (metadata.require_pkce !== false) return []
  return whyAlways(kind, metadata).map(
    (who) => `require_pkce: ${who} always uses PKCE; remove require_pkce=false`,
  )
}

/** What is to be done about a missing challenge, for the developer and the administrator. */
export function pkceAdvice({ id, kind, verified, metadata }: Client): string {
  const [who] = whyAlways(kind, metadata)
  if (who !== undefined) return `${who} always uses PKCE (S256)`
  if (!requiresPkce(metadata)) return 'send it together with code_challenge_method, or send neither'
  const command = verified
    ? `switch it off for this client: grantor client update ${id} --set require_pkce=false`
    : 'register with a token that allows require_pkce=false: grantor registration invite --allow-no-pkce'
  return `use PKCE (S256), or ${command}`
}

/** Whether this can be a S256 challenge: SHA-256 in base64url is 43 characters (RFC 7636 4.2). */
export function isChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/** Whether this can be a verifier (RFC 7636 4.1). */
export function isVerifier(text: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(text)
}

/** Whether the verifier is well-formed and hashes to the challenge (4.6), in constant time. */
export function verifyPkce(challenge: string, verifier: string): boolean {
  if (!isChallenge(challenge) || !isVerifier(verifier)) return false
  const computed = createHash('sha256').update(verifier, 'ascii').digest('base64url')
  return timingSafeEqual(Buffer.from(computed), Buffer.from(challenge))
}
