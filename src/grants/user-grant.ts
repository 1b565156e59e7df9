// Owns what redeeming a code and refreshing have in common: the narrowed target, the person, the entitlement.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { Entitlement, RefreshSeed } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import { type Audience, resolveAudience } from '../protocol/resource.js'
import { isSameResource } from '../protocol/resource-identifier.js'
import { parseScope } from '../protocol/scope.js'
import type { StatusPlace } from '../protocol/status-list.js'
import type { User } from '../protocol/user.js'
import type { GrantLife, GrantRow } from '../store/store.js'
import { entryFor, placeOf } from '../tokens/place.js'

/** Everything that a user's grant comes to now; reading it consumes nothing. */
export type Claim = Audience & {
  readonly grant: GrantRow
  readonly client: Client
  /** What the request asks for of the granted scopes, whichever API its access token is for. */
  readonly identityScope: readonly string[]
  /** Present when the answer carries an ID token. */
  readonly user?: User | undefined
}

export type ClaimRequest = {
  readonly grant: GrantRow
  readonly client: Client
  /** `resource` of the token request (RFC 8707 2.2). */
  readonly resources: readonly string[]
  /** `scope` of a refresh; it may only ask for less (RFC 6749 6). */
  readonly scope?: string | undefined
}

/**
 * Narrows a grant to one token: to what the request asks for, and to what client and resources still allow.
 * @throws OAuthError invalid_scope, invalid_target, or invalid_grant when the person is gone
 */
export async function readClaim(request: ClaimRequest, deps: Deps): Promise<Claim> {
  const { grant, client } = request
  const asked = request.scope === undefined ? grant.scope : parseScope(request.scope)
  if (!asked.every((name) => grant.scope.includes(name))) {
    throw new OAuthError('invalid_scope', 'the scope exceeds what was granted', { parameter: 'scope' })
  }
  const allowed = client.metadata.scope?.split(' ')
  const scope = asked.filter((name) => allowed?.includes(name) ?? true)
  const { issuer } = deps.config
  const found = await Promise.all(
    grant.resources
      .filter((identifier) => !isSameResource(issuer, identifier))
      .map((identifier) => deps.store.resources.find(identifier)),
  )
  const audience = resolveAudience({
    client,
    asked: request.resources,
    scope,
    grant,
    registered: found.filter((resource) => resource !== undefined),
    issuer,
  })
  const claim = { ...audience, grant, client, identityScope: scope }
  if (!scope.includes('openid')) return claim
  const user = await deps.store.users.find(grant.sub ?? '')
  if (user === undefined)
    throw new OAuthError('invalid_grant', 'the grant is no longer valid', { reason: 'user is gone' })
  return { ...claim, user }
}

/**
 * The status list entry of the first token of a grant, assigned when the token is made: a code that is never redeemed
 * takes none. Undefined where the grant has one, or where the API reads no JWTs.
 */
export async function firstEntry({ grant, resource }: Claim, deps: Deps): Promise<StatusPlace | undefined> {
  return placeOf(grant) === undefined ? entryFor(resource, deps) : undefined
}

/** The entitlement of a claim that has been paid for. */
export function entitle(
  claim: Claim,
  details: { nonce?: string | undefined; refresh?: RefreshSeed; place?: StatusPlace | undefined },
): Entitlement {
  const { grant, client, user, identityScope } = claim
  return {
    client,
    grantId: grant.id,
    place: placeOf(grant) ?? details.place,
    sub: grant.sub ?? '',
    resource: claim.resource,
    scope: claim.scope,
    grantedScope: grant.scope,
    authTime: grant.authTime,
    acr: grant.acr,
    amr: grant.amr,
    refresh: details.refresh,
    idToken: user && {
      user,
      scope: identityScope,
      sid: grant.sid,
      nonce: details.nonce,
      claims: grant.claims,
    },
  }
}

/**
 * How long a grant lives after a use at `now`. The end that was set before is never moved, so that constant
 * rotation cannot outlive it (RT09).
 */
export function nextLife(claim: Claim, deps: Deps): GrantLife & { readonly refreshIdleExpiresAt?: number } {
  const { grant, client, resource } = claim
  const { config, now } = deps
  const at = now()
  const lastToken = at + (resource.tokenTtl ?? config.accessTokenTtl)
  if (!client.metadata.grant_types.includes('refresh_token')) {
    return { at, expiresAt: Math.max(grant.expiresAt, lastToken) }
  }
  const refreshExpiresAt = grant.refreshExpiresAt ?? at + config.refreshAbsoluteTtl
  const refreshIdleExpiresAt = Math.min(at + config.refreshIdleTtl, refreshExpiresAt)
  return { at, refreshExpiresAt, refreshIdleExpiresAt, expiresAt: Math.max(refreshIdleExpiresAt, lastToken) }
}

/** @throws OAuthError unless the request has proven the key that the grant is bound to, where it is (RFC 9449 5, 10) */
export function requireKey({ jkt }: GrantRow, proven: string | undefined): void {
  if (jkt === undefined || jkt === proven) return
  if (proven === undefined) throw new OAuthError('invalid_dpop_proof', 'a DPoP proof is needed')
  throw new OAuthError('invalid_grant', 'it is bound to another key than the DPoP proof is signed with')
}
