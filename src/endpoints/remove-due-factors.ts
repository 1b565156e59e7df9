// Carries out removals of second factors whose 72 hours are over, and notifies their users by mail.

import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { auditRetention } from '../protocol/audit-retention.js'
import { issuerUrl } from '../protocol/issuer.js'
import { endAllSessions } from './end-sessions.js'
import { localesOf, post } from './notify.js'

const batch = 100

/**
 * Every step can be done again, so that a removal whose process has died is finished by another; the row goes last.
 * The mail and the audit record are of the one call that has finished it.
 */
export async function removeDueFactors(deps: Deps): Promise<void> {
  await deps.store.factorRemovals.dropUnannounced(deps.now())
  for (const sub of await deps.store.factorRemovals.due(deps.now(), batch)) await remove(deps, sub)
}

async function remove(deps: Deps, sub: string): Promise<void> {
  const { store, now, random, config } = deps
  const since = store.batch()
  if (!(await store.factorRemovals.start(sub, now()))) return
  await store.totps.remove(sub)
  await store.recoveryCodes.remove(sub)
  await store.passkeys.removeByUser(sub)
  await endAllSessions(deps, sub)
  if (!(await store.factorRemovals.finish(sub))) return
  const at = now()
  const record = { id: newId(at, random), at, type: 'user.factors_removed', sub }
  await store.audit.record({ ...record, expiresAt: at + auditRetention })
  await store.committed(since)
  const user = await store.users.find(sub)
  if (user?.email === undefined) return
  const sessionsLink = issuerUrl(config.issuer, '/account/sessions')
  post(deps, { to: user.email, locales: localesOf(user) }, { kind: 'factorsRemoved', when: at, sessionsLink })
}
