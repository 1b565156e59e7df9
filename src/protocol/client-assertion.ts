// Owns what a client may sign its assertions with, and what it is registered with for that (RFC 7523, RFC 7591 2).
import type { ClientMetadata } from './client.js'
import { importKey, type Jwk } from './jwk.js'

/** Our secrets have 43 characters, which is enough for no longer HMAC (RFC 7518 3.2). */
export const hmacAlgs = ['HS256'] as const
export const publicKeyAlgs = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA'] as const
export const assertionAlgs = [...hmacAlgs, ...publicKeyAlgs] as const
export type AssertionAlg = (typeof assertionAlgs)[number]

/** Seconds, for clients that are registered with no less: libraries give theirs up to an hour. */
export const maxAssertionLifetime = 3600

/**
 * Whether the client is held to FAPI 2.0 Security Profile 5.3.2.1, by which `aud` is the issuer as one string: it has
 * to push its requests (5.3.2.2), and its tokens are bound to a key (5.3.2.1).
 */
export function isFapiClient(
  metadata: Pick<ClientMetadata, 'require_pushed_authorization_requests' | 'dpop_bound_access_tokens'>,
): boolean {
  return metadata.require_pushed_authorization_requests === true && metadata.dpop_bound_access_tokens === true
}

/** Members about keys that do not go together, each fault in words. */
export function assertionFaults(metadata: ClientMetadata): string[] {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = metadata
  const keys = [metadata.jwks, metadata.jwks_uri].filter((source) => source !== undefined)
  const faults: string[] = []
  if (keys.length > 1) faults.push('jwks: either the keys or jwks_uri, not both')
  if (method === 'private_key_jwt' && keys.length === 0)
    faults.push('token_endpoint_auth_method: private_key_jwt needs jwks or jwks_uri')
  if (alg !== undefined && !algsOf(method).includes(alg))
    faults.push(`token_endpoint_auth_signing_alg: ${method} is not signed by ${alg}`)
  const signable = publicKeyAlgs.filter((one) => alg === undefined || alg === one)
  const verifies = (jwk: Jwk) => signable.some((one) => 'key' in importKey(jwk, one))
  if (method === 'private_key_jwt' && signable.length > 0 && metadata.jwks?.keys.some(verifies) === false)
    faults.push(`jwks: no key may verify ${signable.join(', ')}: see kty, crv, alg, use and key_ops of each`)
  return faults
}

function algsOf(method: ClientMetadata['token_endpoint_auth_method']): readonly AssertionAlg[] {
  if (method === 'private_key_jwt') return publicKeyAlgs
  return method === 'client_secret_jwt' ? hmacAlgs : []
}
