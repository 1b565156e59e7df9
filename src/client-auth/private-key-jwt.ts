// Owns private_key_jwt: an assertion signed with a key of which the client has registered the public half (OIDC Core 9).
import { isSignedByOne } from '../crypto/foreign-signature.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { OAuthError } from '../protocol/error.js'
import type { JwkSet } from '../protocol/jwks.js'
import { assertionMethod } from './assertion.js'

/** Seconds until a fetch that failed is worth another request. */
const retryAfter = '10'

export const privateKeyJwt = assertionMethod(
  'private_key_jwt',
  publicKeyAlgs,
  async (assertion, client, deps) => {
    const { kid } = assertion.header
    const keys = await keysOf(client, typeof kid === 'string' ? kid : undefined, deps)
    return isSignedByOne(assertion, keys, publicKeyAlgs)
  },
)

/** @throws OAuthError temporarily_unavailable when they cannot be fetched, which is nobody's guess at a key */
async function keysOf({ metadata }: Client, kid: string | undefined, deps: Deps): Promise<JwkSet> {
  const { jwks, jwks_uri } = metadata
  const keys = jwks ?? (jwks_uri === undefined ? undefined : await deps.remoteJwks(jwks_uri, kid))
  if (keys) return keys
  throw new OAuthError('temporarily_unavailable', 'the keys of the client cannot be had now', {
    headers: { 'Retry-After': retryAfter },
  })
}
