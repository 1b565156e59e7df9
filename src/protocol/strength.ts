// Owns how strong a sign-in must be: because the app asks (OIDC Core 5.5.1.1, RFC 9470 4), or by policy.
import { acrValues, atLeast, passwordAcr, phishingResistantAcr, secondFactorAcr, weakest } from './acr.js'
import type { AuthorizationRequest } from './authorization.js'
import type { Client } from './client.js'

/** What a person can do, and must. */
export type Person = {
  /** An app for one-time codes, or a passkey that works here. */
  secondFactor: boolean
  passkey: boolean
  /** An administrator wants a second factor of them. */
  secondFactorRequired: boolean
}

type Asked = Pick<AuthorizationRequest, 'claims' | 'acrValues'>

/**
 * The acr values that an app asks for. In `claims` they may be essential, or not, like those of `acr_values` (OIDC Core
 * 5.5.1.1); they come first, since `acr_values` may be the default of the client.
 */
export function requestedAcr({ claims, acrValues: listed }: Asked): {
  readonly values: readonly unknown[]
  readonly essential: boolean
} {
  const { values, essential = false } = claims?.idToken.acr ?? {}
  return values ? { values, essential } : { values: listed, essential: false }
}

/** Whether the app asks for anything that depends on the user's factors: most ask for nothing. */
export function asksStrength(request: Asked, { metadata }: Client): boolean {
  return requestedAcr(request).values.length > 0 || metadata.require_second_factor === true
}

/**
 * The acr that the session still lacks, or `unmet` where no page of ours could bring it about. An essential second
 * factor can be set up on the way; a passkey cannot, and what is only wished for is asked of those who have it.
 */
export function missingAcr(
  sessionAcr: string,
  request: Asked,
  client: Client,
  person: Person | undefined,
): string | 'unmet' | undefined {
  const { values, essential } = requestedAcr(request)
  const asked = weakest(values)
  const has = asked !== undefined && (atLeast(sessionAcr, asked) || isAble(asked, person))
  if (essential && !has && asked !== secondFactorAcr) return 'unmet'
  const wanted = asked !== undefined && (essential || has) ? [asked] : []
  const policy = person?.secondFactorRequired || client.metadata.require_second_factor
  const needed = [...wanted, ...(policy ? [secondFactorAcr] : [])]
  return acrValues.findLast((acr) => needed.includes(acr) && !atLeast(sessionAcr, acr))
}

function isAble(acr: string, person: Person | undefined): boolean {
  if (acr === phishingResistantAcr) return person?.passkey === true
  return acr === passwordAcr || person?.secondFactor === true
}
