// Owns the markers of what works once, and the access tokens that are revoked alone.
import { eq } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import type { Replay, RevokedTokens } from './contract.js'
import { slot } from './dialect.js'
import type { Unproven } from './unproven.js'

export function replay(store: Connection, unproven: Unproven): Replay {
  const { db } = store
  const { replayMarker } = store.tables
  const counted = unproven.evictFrom(replayMarker, replayMarker.key, 'replay_marker')
  const once = store.change(
    'replay_once',
    db.insert(replayMarker).values(slots(replayMarker)).onConflictDoNothing(),
  )
  const has = store.read(
    'replay_has',
    db
      .select({ key: replayMarker.key })
      .from(replayMarker)
      .where(eq(replayMarker.key, slot('key'))),
  )
  return {
    async once(key, expiresAt, origin) {
      if ((await once({ key, expiresAt })) !== 1) return false
      await counted.add(key, { key, expiresAt }, expiresAt, origin)
      return true
    },
    has: async (key) => (await has({ key })).length === 1,
  }
}

export function revokedTokens(store: Connection): RevokedTokens {
  const { db } = store
  const { revokedToken } = store.tables
  const add = store.change(
    'revoked_token_add',
    db.insert(revokedToken).values(slots(revokedToken)).onConflictDoNothing(),
  )
  const has = store.read(
    'revoked_token_has',
    db
      .select({ jti: revokedToken.jti })
      .from(revokedToken)
      .where(eq(revokedToken.jti, slot('jti'))),
  )
  return {
    add: async (jti, expiresAt) => {
      await add({ jti, expiresAt })
    },
    has: async (jti) => (await has({ jti })).length === 1,
  }
}
