// Owns software statements (RFC 7591 2.3): a JWT in which a trusted issuer says what an app is.

import { hash } from 'node:crypto'
import { openTimeFault, readForeignJwt, typeOf } from '../crypto/foreign-jwt.js'
import { isSignedBy } from '../crypto/foreign-signature.js'
import type { Deps } from '../deps.js'
import { OAuthError } from '../protocol/error.js'
import { issuerUrl } from '../protocol/issuer.js'
import { type SelfMade, statedMembers } from '../protocol/registration.js'
import { byAdministrator } from '../protocol/requester.js'

export type SoftwareStatement = {
  /** As it came: it is told again in every answer about the client (RFC 7591 3.2.1). */
  readonly text: string
  readonly issuer: string
  /** Instances of the software have it in common. */
  readonly id: string
  readonly members: Readonly<Record<string, unknown>>
}

const longest = 8192

/**
 * Reads a statement that came with a registration.
 * @throws OAuthError invalid_software_statement, unapproved_software_statement (RFC 7591 3.2.2), or
 * temporarily_unavailable when the keys of its issuer cannot be had
 */
export async function readStatement(text: unknown, deps: Deps): Promise<SoftwareStatement> {
  const jwt = typeof text === 'string' && text.length <= longest ? readForeignJwt(text) : undefined
  const issuer = jwt?.claims.iss
  if (jwt === undefined || typeof issuer !== 'string')
    throw invalid(`it is no JWT of at most ${longest} characters that names its issuer`)
  const trusted = await deps.store.trustedIssuers.find(issuer)
  if (!trusted?.rules.accepts.includes('software-statement') || trusted.disabled)
    throw new OAuthError(
      'unapproved_software_statement',
      'the issuer of the software_statement is not approved',
    )
  const members = statedMembers(jwt.claims)
  if (!members) throw invalid('it says nothing of any software')
  // JWTs of other kinds have types of their own, and pass for none of these (RFC 8725 3.11).
  if (typeOf(jwt.header) !== 'jwt') throw invalid('its typ is that of something else')
  const fault = claimsFault(jwt.claims, deps)
  if (fault !== undefined) throw invalid(fault)
  if (!(await isSignedBy(jwt, { is: 'issuer', ...trusted.rules }, byAdministrator, deps.remoteJwks)))
    throw invalid('its algorithm is not taken, or its signature is wrong')
  return { text: jwt.text, issuer, id: hash('sha256', jwt.text, 'base64url'), members }
}

/** What was stated when a client registered, and goes on counting when it changes the rest. */
export function keptStatement({
  metadata,
}: Pick<SelfMade, 'metadata'>): Pick<SoftwareStatement, 'text' | 'members'> | undefined {
  const text = metadata.software_statement
  const claims = text === undefined ? undefined : readForeignJwt(text)?.claims
  if (text === undefined || claims === undefined) return undefined
  return { text, members: statedMembers(claims) ?? {} }
}

/** It is the same for all who run the software, so it need not name us, nor end (RFC 7591 2.3). */
function claimsFault(claims: Readonly<Record<string, unknown>>, { config, now }: Deps): string | undefined {
  const { aud } = claims
  const ours: unknown[] = [config.issuer, issuerUrl(config.issuer, '/register')]
  if (aud !== undefined && ![aud].flat().some((one) => ours.includes(one))) return 'its aud is another server'
  return openTimeFault(claims, now())
}

function invalid(fault: string): OAuthError {
  return new OAuthError('invalid_software_statement', `software_statement: ${fault}`)
}
