// Owns identity assertions for other authorization servers (ID-JAG): what we say about a person who signed in here.
import type { Deps } from '../deps.js'
import type { IdentityAssertion } from '../protocol/entitlement.js'
import { formatScope } from '../protocol/scope.js'

const typ = 'oauth-id-jag+jwt'
/** Seconds; it is used at once, and once. */
const lifetime = 300

/** Signed as the client's ID tokens are: it says the same, to somebody else. */
export async function mintIdJag(
  assertion: IdentityAssertion,
  { keyring, config, now, random }: Pick<Deps, 'keyring' | 'config' | 'now' | 'random'>,
): Promise<{ token: string; expiresIn: number }> {
  const { client, resources, scope, jkt } = assertion
  const signer = await keyring.signer(client.metadata.id_token_signed_response_alg)
  const iat = now()
  const token = await signer.sign(typ, {
    iss: config.issuer,
    sub: assertion.sub,
    aud: assertion.audience,
    client_id: assertion.clientThere,
    jti: random(16).toString('base64url'),
    iat,
    exp: iat + lifetime,
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    auth_time: assertion.authTime,
    acr: assertion.acr,
    amr: assertion.amr,
    email: assertion.email,
    email_verified: assertion.emailVerified,
    ...(jkt !== undefined && { cnf: { jkt } }),
  })
  return { token, expiresIn: lifetime }
}
