// Owns mailed links: each works once.
import { and, eq, gt, isNull } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import { slot } from './dialect.js'
import type { ActionTokens } from './people-contract.js'
import type { Unproven } from './unproven.js'

export function actionTokens(store: Connection, unproven: Unproven): ActionTokens {
  const { db } = store
  const { actionToken } = store.tables
  const counted = unproven.evictFrom(actionToken, actionToken.id, 'action_token')
  const byId = eq(actionToken.id, slot('id'))
  // A used one is remembered until it expires: its form may be sent twice.
  const unused = and(eq(actionToken.sub, slot('sub')), isNull(actionToken.usedAt))
  const create = store.change('action_token_create', db.insert(actionToken).values(slots(actionToken)))
  const find = store.read('action_token_find', db.select().from(actionToken).where(byId))
  const spend = store.change(
    'action_token_spend',
    db
      .update(actionToken)
      .set({ usedAt: slot('at') })
      .where(and(byId, isNull(actionToken.usedAt), gt(actionToken.expiresAt, slot('at')))),
  )
  const removeAll = store.change('action_token_remove_by_user', db.delete(actionToken).where(unused))
  const removeSome = store.change(
    'action_token_remove_by_purpose',
    db.delete(actionToken).where(and(unused, eq(actionToken.purpose, slot('purpose')))),
  )
  return {
    create: async (row, origin) => {
      await create(filled(actionToken, row))
      await counted.add(row.id, row, row.expiresAt, origin)
    },
    find: async (id) => (await find({ id })).map(present)[0],
    spend: async (id, at) => (await spend({ id, at })) === 1,
    removeByUser: async (sub, purpose) => {
      await (purpose === undefined ? removeAll({ sub }) : removeSome({ sub, purpose }))
    },
  }
}
