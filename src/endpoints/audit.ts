// Owns the trail of what people and apps did through the web.
import type { Context } from 'hono'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { addressOf } from '../http/client-address.js'
import type { AuditRecord } from '../store/store.js'

const retention = 400 * 86_400

/** `sessionId` is the `sid` of ID tokens; nothing here is, or leads to, a credential. */
export type Trace = Pick<AuditRecord, 'type' | 'sub' | 'clientId' | 'grantId' | 'sessionId' | 'detail'>

export type Audit = (c: Context, trace: Trace) => Promise<void>

/** The answer waits for the record, as for every write: what is not on the trail did not succeed. */
export function createAudit(deps: Deps): Audit {
  return async (c, trace) => {
    const at = deps.now()
    const record = {
      id: newId(at, deps.random),
      at,
      expiresAt: at + retention,
      ip: addressOf(c, deps.config),
    }
    await deps.store.audit.record({ ...record, ...trace })
  }
}
