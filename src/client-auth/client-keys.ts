// Owns the public keys of a client: those it has registered, or publishes where it has said.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import type { JwkSet } from '../protocol/jwks.js'

/** Seconds until a fetch that failed is worth another request. */
const retryAfter = '10'

/**
 * @param kid one of which there should be a key
 * @throws OAuthError temporarily_unavailable when they cannot be fetched, which is nobody's guess at a key
 */
export async function keysOf({ metadata }: Client, kid: unknown, deps: Deps): Promise<JwkSet> {
  const { jwks, jwks_uri: uri } = metadata
  const named = typeof kid === 'string' ? kid : undefined
  const keys = jwks ?? (uri === undefined ? undefined : await deps.remoteJwks(uri, named))
  if (keys) return keys
  throw new OAuthError('temporarily_unavailable', 'the keys of the client cannot be had now', {
    headers: { 'Retry-After': retryAfter },
  })
}
