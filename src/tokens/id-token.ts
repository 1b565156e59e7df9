// Owns ID tokens (OIDC Core 2): minting them, and reading one that a client hands back as a hint.
import { hash } from 'node:crypto'
import { verifyOwnJwt } from '../crypto/jwt.js'
import type { Deps } from '../deps.js'
import { userClaims } from '../protocol/claims.js'
import type { SigningAlg } from '../protocol/client.js'
import type { Entitlement, IdTokenSeed } from '../protocol/entitlement.js'
import { idTokenClaimsMode, idTokenPayload } from '../protocol/id-token-claims.js'

/** What an ID token says, once its signature is ours. As a hint it may have expired long ago. */
export type IdTokenHint = {
  readonly sub: string
  /** The client that it was issued to. */
  readonly clientId: string
  readonly sid?: string | undefined
}

const typ = 'JWT'
const maxLength = 16_384

/**
 * Signs the ID token that goes with an access token. There is one audience, so no azp; auth_time is always
 * there, so that max_age and require_auth_time need no case.
 */
export async function mintIdToken(
  entitlement: Entitlement,
  seed: IdTokenSeed,
  accessToken: string,
  deps: Deps,
): Promise<string> {
  const { client } = entitlement
  const alg = client.metadata.id_token_signed_response_alg
  const signer = await deps.keyring.signer(alg)
  const iat = deps.now()
  const scope = idTokenClaimsMode(client) === 'scope' ? seed.scope : []
  const user = userClaims(seed.user, scope, seed.claims, 'id_token')
  const protocol = {
    iss: deps.config.issuer,
    sub: entitlement.sub,
    aud: client.id,
    iat,
    exp: iat + deps.config.idTokenTtl,
    auth_time: entitlement.authTime,
    acr: entitlement.acr,
    amr: entitlement.amr,
    nonce: seed.nonce,
    sid: seed.sid,
    at_hash: accessTokenHash(accessToken, alg),
  }
  return signer.sign(typ, idTokenPayload(user, protocol, Object.keys(seed.claims?.idToken ?? {})))
}

/** Reads an id_token_hint (OIDC Core 3.1.2.1, RP-Initiated Logout 2); undefined when it is not ours. */
export function readIdTokenHint(text: string, deps: Deps): Promise<IdTokenHint | undefined> {
  return read(text, { allowExpired: true }, deps)
}

/** An ID token of this client that has not expired. Whether what it was issued in has ended is not looked at. */
export function readIdToken(text: string, clientId: string, deps: Deps): Promise<IdTokenHint | undefined> {
  return read(text, { audience: clientId }, deps)
}

async function read(
  text: string,
  rules: { readonly audience?: string; readonly allowExpired?: boolean },
  { keyring, config, now }: Deps,
): Promise<IdTokenHint | undefined> {
  if (text.length > maxLength) return undefined
  const result = await verifyOwnJwt(text, { ...rules, keyring, typ, issuer: config.issuer, now: now() })
  if ('fault' in result) return undefined
  const { sub, aud, sid } = result.claims
  return { sub, clientId: aud, sid: typeof sid === 'string' ? sid : undefined }
}

/** OIDC Core 3.1.3.6: the left half of the hash that the ID token's own algorithm uses; Ed25519 uses SHA-512. */
function accessTokenHash(accessToken: string, alg: SigningAlg): string {
  const digest = hash(alg === 'EdDSA' ? 'sha512' : 'sha256', accessToken, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
