// Owns when a person is asked before an app gets access, and what is remembered of the answer.
import type { AuthorizationRequest } from './authorization.js'
import { scopesOfClaims } from './claims.js'
import { type Client, isPublic } from './client.js'
import { leavesForApp } from './redirect-uri.js'
import { includesResource } from './resource-identifier.js'

/** What a person has allowed a client, all times together. */
export type RememberedConsent = { scope: string[]; resources: string[] }

/** What the consent page shows: everything asked for, with the scopes that were never allowed before. */
export type ConsentAsk = { scope: string[]; resources: string[]; isNew: string[] }

/**
 * The question to put, or undefined when the remembered answer covers it. The order is the rule: an unverified
 * name is asked for every time a user comes with it, whatever it is registered with (CO03); an app of the house only
 * on its own wish; a redirect that any program on the device can catch every time (RFC 8252 8.6, CO05); what is new
 * always (CO04). With prompt=none there is no page, so an unverified app that was allowed before renews in silence.
 */
export function consentToAsk(
  request: AuthorizationRequest,
  client: Client,
  remembered: RememberedConsent | undefined,
): ConsentAsk | undefined {
  const scope = askedScope(request)
  const isNew = scope.filter((name) => !remembered?.scope.includes(name))
  const widened =
    remembered === undefined ||
    isNew.length > 0 ||
    request.resources.some((identifier) => !includesResource(remembered.resources, identifier))
  const ask = { scope, resources: request.resources, isNew }
  const { prompt, redirectUri } = request
  if (prompt.includes('consent') || !(client.verified || prompt.includes('none'))) return ask
  if (client.verified && client.metadata.skip_consent) return undefined
  const onDevice = client.kind === 'native' || !client.verified
  const anyoneMayCatch = isPublic(client.metadata) && onDevice && leavesForApp(redirectUri)
  return widened || anyoneMayCatch ? ask : undefined
}

/**
 * What an app asks for by `claims` (OIDC Core 5.5) it asks for like by the scopes that hold it: the person is told
 * and may say no. Without `openid` there is no answer that could carry it.
 */
function askedScope({ scope, claims }: AuthorizationRequest): string[] {
  return scope.includes('openid') ? [...new Set([...scope, ...scopesOfClaims(claims)])] : scope
}

/** The memory after a person has allowed `granted`: earlier answers stay. */
export function rememberConsent(
  remembered: RememberedConsent | undefined,
  granted: RememberedConsent,
): RememberedConsent {
  return {
    scope: [...new Set([...(remembered?.scope ?? []), ...granted.scope])],
    resources: [...new Set([...(remembered?.resources ?? []), ...granted.resources])],
  }
}
