// Owns what works once: authorization codes and replay markers; and access tokens revoked alone.
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import type { Codes, Replay, RevokedTokens } from './contract.js'
import { slot } from './dialect.js'

export function codes(store: Connection): Codes {
  const { db } = store
  const { code } = store.tables
  const byId = eq(code.id, slot('id'))

  const create = store.write('code_create', db.insert(code).values(slots(code)))
  const find = store.read('code_find', db.select().from(code).where(byId))
  const spend = store.write(
    'code_spend',
    db
      .update(code)
      .set({ usedAt: slot('at') })
      .where(
        and(byId, isNull(code.usedAt), gt(code.expiresAt, slot('at')), lt(code.attempts, slot('maxMisses'))),
      )
      .returning({ id: code.id }),
  )
  const miss = store.write(
    'code_miss',
    db
      .update(code)
      .set({ attempts: sql`${code.attempts} + 1` })
      .where(byId)
      .returning({ attempts: code.attempts }),
  )

  return {
    create: async (row) => {
      await create({ ...filled(code, row), attempts: 0 })
    },
    find: async (id) => (await find({ id })).map(present)[0],
    spend: async (id, at, maxMisses) => (await spend({ id, at, maxMisses })).length === 1,
    miss: async (id) => (await miss({ id }))[0]?.attempts ?? 0,
  }
}

export function replay(store: Connection): Replay {
  const { db } = store
  const { replayMarker } = store.tables
  const once = store.write(
    'replay_once',
    db
      .insert(replayMarker)
      .values(slots(replayMarker))
      .onConflictDoNothing()
      .returning({ key: replayMarker.key }),
  )
  return { once: async (key, expiresAt) => (await once({ key, expiresAt })).length === 1 }
}

export function revokedTokens(store: Connection): RevokedTokens {
  const { db } = store
  const { revokedToken } = store.tables
  const add = store.write(
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
