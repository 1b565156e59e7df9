// Owns the answer to a credential that comes a second time: everything issued under its grant dies.
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import type { GrantRow } from '../store/store.js'

/** How long the record of a theft is kept; seconds. */
const kept = 90 * 86_400

/** Revokes the grant first and records it second: a crash in between loses the record, never the revocation. */
export async function revokeReused(
  grant: Pick<GrantRow, 'id' | 'clientId' | 'sub'>,
  credential: 'code' | 'refresh_token',
  deps: Deps,
): Promise<void> {
  const at = deps.now()
  if (!(await deps.store.grants.revoke(grant.id, at, `${credential} used twice`))) return
  deps.log.warn({ grantId: grant.id, clientId: grant.clientId }, `${credential} used twice: grant revoked`)
  await deps.store.audit.record({
    id: newId(at, deps.random),
    at,
    type: `${credential}.reused`,
    grantId: grant.id,
    clientId: grant.clientId,
    sub: grant.sub,
    expiresAt: at + kept,
  })
}
