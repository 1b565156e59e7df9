// Tokens that were had for others (RFC 8693): each has a status list entry of its own, and ends with what it was made from.
import { and, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { type Connection, filled, slots } from './connection.js'
import { slot } from './dialect.js'
import type { ExchangedTokens } from './grant-contract.js'

export function exchangedTokens(store: Connection): ExchangedTokens {
  const { db } = store
  const { exchangedToken } = store.tables
  const { jti, revokedAt } = exchangedToken
  const active = isNull(revokedAt)

  // In PostgreSQL a trigger locks the grant first: what ends the grant at this moment is seen by the next statement.
  const create = store.change(
    'exchanged_token_create',
    db.insert(exchangedToken).values(slots(exchangedToken)),
  )
  const find = store.read(
    'exchanged_token_active',
    db
      .select({ jti })
      .from(exchangedToken)
      .where(and(eq(jti, slot('jti')), active)),
  )
  const revoke = store.change(
    'exchanged_token_revoke',
    db
      .update(exchangedToken)
      .set({ revokedAt: slot('at') })
      .where(and(or(eq(jti, slot('jti')), and(gt(jti, slot('from')), lt(jti, slot('to')))), active)),
  )

  return {
    create: async (token) => {
      await create(filled(exchangedToken, token))
    },
    isActive: async (jti) => (await find({ jti })).length === 1,
    async revokeFrom(jti, at) {
      const values = { jti, from: `${jti}.`, to: `${jti}/`, at }
      const revoked = await revoke(values)
      // Once more: on PostgreSQL a statement does not see what was made while it ran.
      return revoked + (await revoke(values))
    },
  }
}
