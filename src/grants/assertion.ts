// Owns what an assertion of a trusted issuer has to be before it is believed (RFC 7523 3, ID-JAG).
import { type ForeignJwt, readForeignJwt, timeFault, typeOf } from '../crypto/foreign-jwt.js'
import { isSignedBy } from '../crypto/foreign-signature.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { byAdministrator } from '../protocol/requester.js'
import type { AssertionKind, TrustedIssuer } from '../protocol/trusted-issuer.js'

/** An assertion that is genuine, for us and for this client; it may have been used before. */
export type Assertion = {
  readonly claims: ForeignJwt['claims']
  readonly kind: AssertionKind
  readonly trusted: TrustedIssuer
}

/** Seconds: identity providers of machines give theirs an hour. */
const longestLife = 3600

/** They restrict what may be done with an assertion (RFC 9396 2, RFC 8693 4.1, 4.4), and are not applied here. */
const notApplied = ['authorization_details', 'act', 'may_act']

/** Other JWTs have types of their own, and pass for none of these (RFC 8725 3.11). */
const kinds: Record<string, AssertionKind> = {
  jwt: 'jwt',
  'authorization-grant+jwt': 'jwt',
  'oauth-id-jag+jwt': 'id-jag',
}

/**
 * Reads an assertion. The signature comes last, so that no keys are fetched for what is refused anyway.
 * @throws OAuthError invalid_grant, or temporarily_unavailable when the keys cannot be had
 */
export async function readAssertion(text: string, client: Client, deps: Deps): Promise<Assertion> {
  const jwt = readForeignJwt(text)
  const iss = jwt?.claims.iss
  if (jwt === undefined || typeof iss !== 'string' || iss.length > 2048)
    throw unusable('not a JWT that names its issuer')
  const trusted = await deps.store.trustedIssuers.find(iss)
  if (trusted === undefined || trusted.disabled) throw unusable('its issuer is unknown or disabled')
  const { header, claims } = jwt
  const { rules } = trusted
  const type = typeOf(header)
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (kind === undefined || !rules.accepts.includes(kind))
    throw unusable('of a type that is not taken from its issuer')
  if (!rules.clients?.includes(client.id)) throw unusable('its issuer is not trusted for this client')
  const fault = claimsFault(claims, kind, client, deps)
  if (fault !== undefined) throw unusable(fault)
  if (!(await isSignedBy(jwt, { is: 'issuer', ...rules }, byAdministrator, deps.remoteJwks)))
    throw unusable('its algorithm is not taken, or the signature is wrong')
  return { claims, kind, trusted }
}

/** `aud` is our issuer and nothing beside it, as for client assertions (TK09). */
function claimsFault(
  claims: ForeignJwt['claims'],
  kind: AssertionKind,
  client: Client,
  { config, now }: Deps,
): string | undefined {
  const { sub, aud, jti, client_id, iat } = claims
  if (aud !== config.issuer) return 'aud is not this issuer alone'
  if (typeof sub !== 'string' || sub === '') return 'sub is missing'
  const restriction = notApplied.find((name) => claims[name] !== undefined)
  if (restriction !== undefined) return `it is restricted by ${restriction}, which is not applied here`
  if (typeof jti !== 'string' || jti === '' || jti.length > 512) return 'jti is missing'
  if (kind === 'id-jag' && iat === undefined) return 'iat is missing'
  // A plain one need not name the client; what names another is not for this one.
  if (client_id !== client.id && (kind === 'id-jag' || client_id !== undefined))
    return 'it is for another client'
  return timeFault(claims, now(), longestLife)
}

/** One wording: what is wrong is the issuer's business and ours. */
export function unusable(reason: string): OAuthError {
  return new OAuthError('invalid_grant', 'the assertion cannot be used', { parameter: 'assertion', reason })
}
