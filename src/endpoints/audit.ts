// Owns the trail of what people and apps did through the web.
import { hash } from 'node:crypto'
import type { Context } from 'hono'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { addressOf } from '../http/client-address.js'
import { auditRetention } from '../protocol/audit-retention.js'
import type { AuditRecord } from '../store/store.js'

/** `sessionId` is the `sid` of ID tokens; nothing here is, or leads to, a credential. */
export type Trace = Pick<AuditRecord, 'type' | 'sub' | 'clientId' | 'grantId' | 'sessionId' | 'detail'>

export type Audit = (c: Context, trace: Trace) => Promise<void>

/** The answer waits for the record, as for every write: what is not on the trail did not succeed. */
export function createAudit(deps: Deps): Audit {
  return (c, trace) => deps.store.audit.record({ ...stamps(c, deps), ...trace })
}

/** Seconds in which events that anyone can cause share one row. */
const countingWindow = 3600
/** Client addresses are told apart only so far where no user is concerned. */
const addressGroups = 16

/**
 * Records what a request can cause that has proven nothing. All of an hour with the same type, user and reason are one
 * row with a count (EX02). The row has the address and the app of the last one.
 */
export async function countInAudit(c: Context, deps: Deps, trace: Trace): Promise<void> {
  const entry = stamps(c, deps)
  const window = Math.floor(entry.at / countingWindow)
  const about = trace.sub ?? `address ${groupOf(entry.ip)}`
  const key = hash(
    'sha256',
    JSON.stringify([window, trace.type, about, trace.detail?.reason ?? null]),
    'base64url',
  )
  await deps.store.audit.count({ ...entry, ...trace, countKey: key })
}

function groupOf(ip: string): number {
  return Number.parseInt(hash('sha256', ip, 'hex').slice(0, 8), 16) % addressGroups
}

function stamps(c: Context, { now, random, config }: Deps) {
  const at = now()
  return { id: newId(at, random), at, expiresAt: at + auditRetention, ip: addressOf(c, config) }
}
