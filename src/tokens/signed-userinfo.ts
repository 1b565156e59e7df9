// Owns UserInfo answers that are signed (OIDC Core 5.3.2), for clients that registered an algorithm for them.
import type { Deps } from '../deps.js'

/** Of its own, so that it passes for no ID token that is handed back, nor for any other token (RFC 8725 3.11). */
const typ = 'userinfo+jwt'

/** The claims about a person as this client wants them: as they are, or as a JWT for it alone. */
export async function asRegistered(
  claims: object,
  clientId: string,
  { store, keyring, config, now }: Pick<Deps, 'store' | 'keyring' | 'config' | 'now'>,
): Promise<object | string> {
  const alg = (await store.clients.find(clientId))?.metadata.userinfo_signed_response_alg
  if (alg === undefined) return claims
  const signer = await keyring.signer(alg)
  return signer.sign(typ, { ...claims, iss: config.issuer, aud: clientId, iat: now() })
}
