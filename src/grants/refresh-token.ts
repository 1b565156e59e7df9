// Owns refreshing (OAuth 2.1 4.3): rotation by generation, a window for lost answers, and theft ends the grant.
import { z } from 'zod'
import { readRefreshToken, refreshTagMatches } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import { type Client, isPublic } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import type { GrantRow } from '../store/store.js'
import type { Grant } from './grant.js'
import { revokeReused } from './reuse.js'
import { type Claim, entitle, nextLife, readClaim, requireKey } from './user-grant.js'

const params = z.object({
  refresh_token: z.string(),
  scope: z.string().optional(),
  resource: z.array(z.string()),
})

export const refreshToken: Grant<z.infer<typeof params>> = {
  params,
  async redeem({ refresh_token, scope, resource }, client, deps, jkt) {
    const { grant, generation } = await ownGrant(refresh_token, client, deps)
    // Before anything is concluded from the token: without its key a stolen one can neither be used nor end a grant.
    if (isPublic(client.metadata)) requireKey(grant, jkt)
    const standing = await requireStanding(grant, generation, deps)
    const claim = await readClaim({ grant, client, resources: resource, scope }, deps)
    const current = standing === 'superseded' ? grant.generation : await use(claim, deps)
    return entitle(claim, { refresh: { id: grant.id, secret: grant.secret, generation: current } })
  },
}

/** A wrong tag says nothing about the grant it names: refused, and nothing happens to that grant. */
async function ownGrant(
  text: string,
  client: Client,
  deps: Deps,
): Promise<{ grant: GrantRow; generation: number }> {
  const token = readRefreshToken(text)
  const grant = token && (await deps.store.grants.find(token.grantId))
  if (!grant || !refreshTagMatches(deps.secrets, grant, token)) throw refused('unknown refresh token')
  if (grant.clientId !== client.id) throw refused('refresh token of another client')
  return { grant, generation: token.generation }
}

/**
 * `current`: the newest token. `superseded`: its direct predecessor, soon after the rotation, while the successor
 * is unused, so that a lost answer or several processes with one stored token end with the same successor.
 * @throws OAuthError invalid_grant; anything else is a theft, which ends the grant (RFC 9700 4.14.2)
 */
async function requireStanding(
  grant: GrantRow,
  generation: number,
  deps: Deps,
): Promise<'current' | 'superseded'> {
  const now = deps.now()
  if (!grant.live) throw refused('grant is not live')
  const end = Math.min(grant.refreshIdleExpiresAt ?? 0, grant.refreshExpiresAt ?? 0)
  if (end <= now) throw refused('refresh token has expired')
  if (generation === grant.generation) return 'current'
  const { refreshGrace } = deps.config
  const age = now - (grant.rotatedAt ?? 0)
  if (generation === grant.generation - 1 && refreshGrace > 0 && age <= refreshGrace) return 'superseded'
  await revokeReused(grant, 'refresh_token', deps)
  throw refused(`refresh token of generation ${generation}, current is ${grant.generation}`)
}

/** Rotates, or for a client that keeps its token only notes the use. The generation of the token to hand out. */
async function use(claim: Claim, deps: Deps): Promise<number> {
  const { grant, client } = claim
  const { generation } = grant
  const life = nextLife(claim, deps)
  if (!rotates(client, grant)) {
    if (stale(grant, life.at))
      await deps.store.grants.touch(grant.id, life.at, life.refreshIdleExpiresAt, life.expiresAt)
    return generation
  }
  if (await deps.store.grants.advance(grant.id, generation, life)) return generation + 1
  // Another request was faster, or the grant was revoked meanwhile: what holds now decides.
  const now = await deps.store.grants.find(grant.id)
  if (now === undefined || (await requireStanding(now, generation, deps)) === 'current') {
    throw refused('grant changed meanwhile')
  }
  return now.generation
}

/** What nothing binds to its sender rotates (OAuth 2.1 4.3.1); the rest is kept unless registered otherwise. */
function rotates(client: Client, { jkt }: GrantRow): boolean {
  return client.metadata.rotate_refresh_token === true || (isPublic(client.metadata) && jkt === undefined)
}

/** A use every minute is enough for an idle time of days: a write for each would cost more than the answer. */
function stale(grant: GrantRow, now: number): boolean {
  return now - (grant.lastUsedAt ?? 0) >= 60
}

function refused(reason: string): OAuthError {
  return new OAuthError('invalid_grant', 'the refresh token is unknown, expired, revoked or already used', {
    reason,
  })
}
