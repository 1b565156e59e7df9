// Owns logout tokens (OIDC Back-Channel Logout 1.0 2.4): what a client is told when somebody has signed out.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'

/** Whose session has ended, and which. */
export type EndedSession = { readonly sub: string; readonly sid: string }

/** Of its own, so that it passes for no other token of ours, nor another for it (RFC 8725 3.11). */
const typ = 'logout+jwt'
const event = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds: the longest that is recommended. */
const lifetime = 120

/** Signed as the client's ID tokens are (2.6). It has both sub and sid, and never a nonce. */
export async function mintLogoutToken(
  { id, metadata }: Client,
  { sub, sid }: EndedSession,
  { keyring, config, now, random }: Pick<Deps, 'keyring' | 'config' | 'now' | 'random'>,
): Promise<string> {
  const signer = await keyring.signer(metadata.id_token_signed_response_alg)
  const iat = now()
  return signer.sign(typ, {
    iss: config.issuer,
    sub,
    aud: id,
    iat,
    exp: iat + lifetime,
    jti: random(16).toString('base64url'),
    sid,
    events: { [event]: {} },
  })
}
