// Owns the export of a person's data: everything kept about them, and nothing that is a credential.
import type { Deps } from '../../deps.js'
import type { User } from '../../protocol/user.js'
import type { AuditRecord } from '../../store/store.js'
import { factorsOf } from '../factors.js'
import { liveGrants } from './connections.js'

const auditPage = 500

/** In wire names; times in ISO 8601 (GDPR article 20: a structured, commonly used, machine-readable format). */
export async function exportOf(deps: Deps, user: User): Promise<Record<string, unknown>> {
  const { store, now } = deps
  const { sub } = user
  const [{ totp, passkeys, recoveryCodes }, sessions, consents, grants, events] = await Promise.all([
    factorsOf(deps, sub),
    store.sessions.list({ sub, now: now(), limit: 1000 }),
    store.consents.listByUser(sub),
    liveGrants(deps, sub),
    allEvents(deps, sub),
  ])
  return {
    exported_at: iso(now()),
    account: {
      sub,
      username: user.username,
      email: user.email,
      email_verified: user.email === undefined ? undefined : user.emailVerified,
      ...user.claims,
      created_at: iso(user.createdAt),
      updated_at: iso(user.updatedAt),
      password_set_at: iso(user.passwordSetAt),
    },
    second_factor: totp && { since: iso(totp.createdAt), recovery_codes_left: recoveryCodes },
    passkeys: passkeys.map(({ name, createdAt, lastUsedAt, synced }) => ({
      name,
      synced,
      created_at: iso(createdAt),
      last_used_at: iso(lastUsedAt),
    })),
    sessions: sessions.map(({ browser, system, ip, createdAt, lastSeenAt, amr }) => ({
      browser,
      system,
      address: ip,
      amr,
      created_at: iso(createdAt),
      last_seen_at: iso(lastSeenAt),
    })),
    consents: consents.map(({ clientId, scope, resources, grantedAt }) => ({
      client_id: clientId,
      scope,
      resources,
      granted_at: iso(grantedAt),
    })),
    connections: grants.map(({ clientId, scope, resources, createdAt, lastUsedAt }) => ({
      client_id: clientId,
      scope,
      resources,
      created_at: iso(createdAt),
      last_used_at: iso(lastUsedAt),
    })),
    activity: events.map(({ at, type, clientId, ip, detail }) => ({
      at: iso(at),
      type,
      client_id: clientId,
      address: ip,
      detail,
    })),
  }
}

async function allEvents({ store }: Deps, sub: string): Promise<AuditRecord[]> {
  const all: AuditRecord[] = []
  for (;;) {
    const page = await store.audit.ofUser(sub, { before: all.at(-1)?.id, limit: auditPage })
    all.push(...page)
    if (page.length < auditPage) return all
  }
}

function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString()
}
