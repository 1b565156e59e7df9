// The export of a user's data: everything stored about them, and nothing that is a credential, written as it is read.
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Deps } from '../../deps.js'
import type { User } from '../../protocol/user.js'
import type { AuditRecord, Session } from '../../store/store.js'
import { factorsOf } from '../factors.js'
import { connectionGrants } from './connected-apps.js'

/** Rows that are read at once. */
const batch = 250

type Rows = AsyncIterable<object>

/** In wire names; times in ISO 8601 (GDPR article 20: a structured, commonly used, machine-readable format). */
export async function* exportOf(deps: Deps, user: User): AsyncGenerator<string> {
  const { sub } = user
  const { totp, passkeys, recoveryCodes } = await factorsOf(deps, sub)
  const account = {
    sub,
    username: user.username,
    email: user.email,
    email_verified: user.email === undefined ? undefined : user.emailVerified,
    ...user.claims,
    created_at: iso(user.createdAt),
    updated_at: iso(user.updatedAt),
    password_set_at: iso(user.passwordSetAt),
  }
  const secondFactor = totp && { since: iso(totp.createdAt), recovery_codes_left: recoveryCodes }
  const keys = passkeys.map(({ name, createdAt, lastUsedAt, synced }) => ({
    name,
    synced,
    created_at: iso(createdAt),
    last_used_at: iso(lastUsedAt),
  }))
  yield `{\n"exported_at": ${JSON.stringify(iso(deps.now()))},\n"account": ${JSON.stringify(account, null, 2)}`
  if (secondFactor) yield `,\n"second_factor": ${JSON.stringify(secondFactor)}`
  yield `,\n"passkeys": ${JSON.stringify(keys, null, 2)}`
  yield* list('sessions', sessions(deps, sub))
  yield* list('consents', consents(deps, sub))
  yield* list('connections', connections(deps, sub))
  yield* list('activity', activity(deps, sub))
  yield '\n}\n'
}

async function* list(name: string, rows: Rows): AsyncGenerator<string> {
  yield `,\n"${name}": [`
  let separator = '\n'
  for await (const row of rows) {
    yield separator + JSON.stringify(row)
    separator = ',\n'
  }
  yield ']'
}

/** Reads batch by batch, and lets others have their turn between two. */
async function* inBatches<R>(read: (last: R | undefined) => Promise<R[]>): AsyncGenerator<R> {
  let last: R | undefined
  for (;;) {
    const rows = await read(last)
    yield* rows
    last = rows.at(-1)
    if (rows.length < batch) return
    await yieldToEventLoop()
  }
}

async function* sessions({ store, now }: Deps, sub: string): AsyncGenerator<object> {
  const all = inBatches<Session>((last) =>
    store.sessions.list({ sub, after: last?.id, now: now(), limit: batch }),
  )
  for await (const { browser, system, ip, createdAt, lastSeenAt, amr } of all) {
    yield { browser, system, address: ip, amr, created_at: iso(createdAt), last_seen_at: iso(lastSeenAt) }
  }
}

async function* consents({ store }: Deps, sub: string): AsyncGenerator<object> {
  type Consent = Awaited<ReturnType<typeof store.consents.listByUser>>[number]
  const all = inBatches<Consent>((last) =>
    store.consents.listByUser(sub, { after: last?.clientId, limit: batch }),
  )
  for await (const { clientId, scope, resources, grantedAt } of all) {
    yield { client_id: clientId, scope, resources, granted_at: iso(grantedAt) }
  }
}

async function* connections(deps: Deps, sub: string): AsyncGenerator<object> {
  for await (const { clientId, scope, resources, createdAt, lastUsedAt } of connectionGrants(deps, sub)) {
    yield {
      client_id: clientId,
      scope,
      resources,
      created_at: iso(createdAt),
      last_used_at: iso(lastUsedAt),
    }
  }
}

async function* activity({ store }: Deps, sub: string): AsyncGenerator<object> {
  const all = inBatches<AuditRecord>((last) => store.audit.ofUser(sub, { before: last?.id, limit: batch }))
  for await (const { at, type, clientId, ip, count, detail } of all) {
    yield { at: iso(at), type, client_id: clientId, address: ip, count, detail }
  }
}

function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString()
}
