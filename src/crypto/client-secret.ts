// Owns the secrets of clients that authenticate by HMAC: derived, as they must be known again (OIDC Core 9).
import { createHmac } from 'node:crypto'
import { matchesHash } from './handle.js'
import type { Secrets } from './secrets.js'

/** The secret for the row `id` of a client: 43 characters of base64url, like the random ones. */
export function derivedClientSecret(clientId: string, id: string, secrets: Secrets): string {
  return createHmac('sha256', secrets.clientSecret).update(`${id} ${clientId}`).digest('base64url')
}

/** The secret of a stored row; undefined for one that was random, of which only the hash is known. */
export function knownClientSecret(
  clientId: string,
  { id, hash }: { readonly id: string; readonly hash: string },
  secrets: Secrets,
): string | undefined {
  const secret = derivedClientSecret(clientId, id, secrets)
  return matchesHash(secret, hash) ? secret : undefined
}
