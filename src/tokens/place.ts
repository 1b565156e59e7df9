// Owns the place in the status lists that the tokens of a grant carry.
import type { Deps } from '../deps.js'
import type { Entitlement } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import type { Resource } from '../protocol/resource.js'
import type { StatusPlace } from '../protocol/status-list.js'
import type { GrantRow } from '../store/store.js'

/**
 * The grant's place, or a new one where it has none: its tokens have been revoked without it, it is older than
 * status lists, or its list has been retired.
 * @throws OAuthError invalid_grant when the grant has ended meanwhile
 */
export async function placeOfTokens(
  { grantId, place }: Pick<Entitlement, 'grantId' | 'place'>,
  { store, status, now }: Pick<Deps, 'store' | 'status' | 'now'>,
): Promise<StatusPlace> {
  if (place && !status.isGone(place.list)) return place
  if (place) await store.grants.retire(grantId, place, now())
  const fresh = await status.place()
  if (await store.grants.enlist(grantId, fresh)) return fresh
  const grant = await store.grants.find(grantId)
  if (!grant?.live || grant.statusList === undefined || grant.statusIndex === undefined) {
    throw new OAuthError('invalid_grant', 'the grant has just ended')
  }
  return { list: grant.statusList, index: grant.statusIndex }
}

/** A new status list entry for tokens of this API; undefined where nobody could read it, in an opaque token. */
export async function entryFor(
  { tokenFormat }: Pick<Resource, 'tokenFormat'>,
  { status }: Pick<Deps, 'status'>,
): Promise<StatusPlace | undefined> {
  return tokenFormat === 'opaque' ? undefined : status.place()
}

/** Where a grant is in the status lists, if it has a place yet. */
export function placeOf({
  statusList,
  statusIndex,
}: Pick<GrantRow, 'statusList' | 'statusIndex'>): StatusPlace | undefined {
  if (statusList === undefined || statusIndex === undefined) return undefined
  return { list: statusList, index: statusIndex }
}
