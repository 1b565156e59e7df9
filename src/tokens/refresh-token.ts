// Owns looking at a refresh token without using it.
import { readRefreshToken, refreshTagMatches } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import type { GrantRow } from '../store/store.js'

/** The grant of a refresh token that is the newest of its kind and alive, and when it ends unless it is used. */
export async function currentRefreshToken(
  text: string,
  { store, secrets, now }: Pick<Deps, 'store' | 'secrets' | 'now'>,
): Promise<{ grant: GrantRow; expiresAt: number } | undefined> {
  const token = readRefreshToken(text)
  if (token === undefined) return undefined
  const grant = await store.grants.find(token.grantId)
  if (!grant?.live || !refreshTagMatches(secrets, grant, token)) return undefined
  if (grant.generation !== token.generation) return undefined
  const expiresAt = Math.min(grant.refreshIdleExpiresAt ?? 0, grant.refreshExpiresAt ?? 0)
  return expiresAt > now() ? { grant, expiresAt } : undefined
}
