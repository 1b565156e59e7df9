// Owns counts under a key, shared by every node: what is tried, how long it is closed, when it is forgotten.
import { and, asc, eq, gt, gte, lt, sql } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import type { Tallies } from './contract.js'
import { slot } from './dialect.js'

export function tallies(store: Connection): Tallies {
  const { db } = store
  const { tally } = store.tables
  const { key, count, openAt, life, expiresAt } = tally
  const byKey = eq(key, slot('key'))
  const now = sql`excluded.open_at`
  const isOver = sql`${expiresAt} <= ${now}`
  const next = sql`${count} + 1`
  const wait = sql`case
    when ${next} < ${slot('free')} then 0
    when ${next} < ${slot('slow')} then 1 << (${next} - ${slot('free')})
    else ${slot('longest')} end`

  const find = store.read('tally_find', db.select().from(tally).where(byKey))
  const within = store.read(
    'tally_within',
    db
      .select()
      .from(tally)
      .where(and(gte(key, slot('from')), lt(key, slot('to'))))
      .orderBy(asc(key)),
  )
  const take = store.write(
    'tally_take',
    db
      .insert(tally)
      .values(slots(tally))
      .onConflictDoUpdate({
        target: key,
        set: {
          count: sql`case when ${isOver} then 1 else ${next} end`,
          openAt: sql`case when ${isOver} then ${now} else ${now} + ${wait} end`,
          life: sql`case when ${isOver} then excluded.life else ${life} end`,
          expiresAt: sql`case when ${isOver} then excluded.expires_at else ${expiresAt} end`,
        },
        setWhere: sql`${isOver} or (${openAt} <= ${now} and ${count} < ${slot('limit')})`,
      })
      .returning(),
  )
  const giveBack = store.change(
    'tally_give_back',
    db
      .update(tally)
      .set({
        count: sql`${count} - 1`,
        openAt: sql`case when ${openAt} = ${slot('openAt')} then 0 else ${openAt} end`,
      })
      .where(and(byKey, eq(life, slot('life')), gt(count, 0))),
  )
  const forget = store.change('tally_forget', db.delete(tally).where(byKey))

  return {
    find: async (key) => (await find({ key }))[0],
    // Keys are compared byte by byte, and '!' follows ' '.
    within: (key) => within({ from: `${key} `, to: `${key}!` }),
    take: async (key, { now, until, life, limit, free = limit + 1, slow = free, longest = 0 }) =>
      (await take({ key, count: 1, openAt: now, life, expiresAt: until, limit, free, slow, longest }))[0],
    giveBack: async ({ key, openAt, life }) => {
      await giveBack({ key, openAt, life })
    },
    forget: async (key) => {
      await forget({ key })
    },
  }
}
