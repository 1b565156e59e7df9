// Owns the removal of what has expired: a bounded number of rows at a time, found by the index of their expiry.
import { and, inArray, lt, sql } from 'drizzle-orm'
import type { Clients } from './client-contract.js'
import type { Connection, Statement } from './connection.js'
import { slot } from './dialect.js'
import type { Users } from './people-contract.js'

/** Seconds by which the clocks of two nodes may differ: what is over here may still be believed there (ST02). */
const skew = 60

type Sweeping = (now: number, batch: number) => Promise<number>

export function sweeping(
  store: Connection,
  clients: Pick<Clients, 'removeExpired'>,
  users: Pick<Users, 'resumeRemovals'>,
): Sweeping {
  const { db } = store
  const t = store.tables
  const expiring = [
    {
      name: 'client_secret',
      table: t.clientSecret,
      key: t.clientSecret.id,
      expiry: t.clientSecret.expiresAt,
    },
    { name: 'session', table: t.session, key: t.session.id, expiry: t.session.expiresAt },
    { name: 'browser', table: t.browser, key: t.browser.browserHash, expiry: t.browser.expiresAt },
    {
      name: 'action_token',
      table: t.actionToken,
      key: t.actionToken.id,
      expiry: t.actionToken.expiresAt,
    },
    { name: 'interaction', table: t.interaction, key: t.interaction.id, expiry: t.interaction.keepUntil },
    {
      name: 'device_request',
      table: t.deviceRequest,
      key: t.deviceRequest.id,
      expiry: t.deviceRequest.keepUntil,
    },
    {
      name: 'pushed_request',
      table: t.pushedRequest,
      key: t.pushedRequest.id,
      expiry: t.pushedRequest.expiresAt,
    },
    { name: 'logout_call', table: t.logoutCall, key: t.logoutCall.sid, expiry: t.logoutCall.expiresAt },
    { name: 'grant', table: t.grant, key: t.grant.id, expiry: t.grant.expiresAt },
    {
      name: 'replay_marker',
      table: t.replayMarker,
      key: t.replayMarker.key,
      expiry: t.replayMarker.expiresAt,
    },
    {
      name: 'revoked_token',
      table: t.revokedToken,
      key: t.revokedToken.jti,
      expiry: t.revokedToken.expiresAt,
    },
    {
      name: 'exchanged_token',
      table: t.exchangedToken,
      key: t.exchangedToken.jti,
      expiry: t.exchangedToken.expiresAt,
    },
    { name: 'status_list', table: t.statusList, key: t.statusList.id, expiry: t.statusList.expiresAt },
    { name: 'revocation', table: t.revocation, key: t.revocation.id, expiry: t.revocation.expiresAt },
    { name: 'unproven', table: t.unproven, key: t.unproven.id, expiry: t.unproven.expiresAt },
    { name: 'tally', table: t.tally, key: t.tally.key, expiry: t.tally.expiresAt },
    { name: 'audit', table: t.audit, key: t.audit.id, expiry: t.audit.expiresAt },
  ]
  const deletions: Statement<number>[] = expiring.map(({ name, table, key, expiry }) => {
    // Not at the second itself, at which its value may still be accepted.
    const expired = lt(expiry, slot('before'))
    const some = db.select({ key }).from(table).where(expired).limit(sql.placeholder('batch'))
    return store.change(`sweep_${name}`, db.delete(table).where(and(inArray(key, some), expired)))
  })

  const removals: Sweeping[] = [
    // After the grants that need them.
    ...deletions.map(
      (run): Sweeping =>
        (before, batch) =>
          run({ before, batch }),
    ),
    clients.removeExpired,
    () => users.resumeRemovals(),
  ]

  return async (now, batch) => {
    let removed = 0
    for (const remove of removals) {
      const since = store.batch()
      removed += await remove(now - skew, batch)
      // Between two tables others get their turn.
      await store.committed(since)
    }
    return removed
  }
}
