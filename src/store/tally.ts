// Owns counts under a key, shared by every node: what is tried, how long it is closed, when it is forgotten.
import { and, asc, eq, gt, gte, lt, sql } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import type { Tallies } from './contract.js'
import { slot } from './dialect.js'

export function tallies(store: Connection): Tallies {
  const { db } = store
  const { tally } = store.tables
  const { key, count, openAt, life, inFlight, inFlightUntil, expiresAt } = tally
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
          inFlight: sql`case
            when ${isOver} or ${inFlightUntil} <= ${now} then excluded.in_flight
            else ${inFlight} + excluded.in_flight end`,
          inFlightUntil: sql`excluded.in_flight_until`,
          expiresAt: sql`case when ${isOver} then excluded.expires_at else ${expiresAt} end`,
        },
        setWhere: sql`${isOver} or (${openAt} <= ${now} and ${count} < ${slot('limit')})`,
      })
      .returning(),
  )
  const judged = sql`case when ${inFlight} > 0 then ${inFlight} - 1 else 0 end`
  const failed = store.change(
    'tally_failed',
    db
      .update(tally)
      .set({ inFlight: judged })
      .where(and(byKey, eq(life, slot('life')))),
  )
  const giveBack = store.change(
    'tally_give_back',
    db
      .update(tally)
      .set({
        count: sql`${count} - 1`,
        openAt: sql`case when ${openAt} = ${slot('openAt')} then 0 else ${openAt} end`,
        inFlight: judged,
      })
      .where(and(byKey, eq(life, slot('life')), gt(count, 0))),
  )
  const forget = store.change('tally_forget', db.delete(tally).where(byKey))

  return {
    find: async (key) => (await find({ key }))[0],
    // Keys are compared byte by byte, and '!' follows ' '.
    within: (key) => within({ from: `${key} `, to: `${key}!` }),
    async take(key, { now, until, life, limit, free = limit + 1, slow = free, longest = 0, judgedBy }) {
      const row = { key, count: 1, openAt: now, life, expiresAt: until }
      const flight = { inFlight: judgedBy === undefined ? 0 : 1, inFlightUntil: judgedBy ?? 0 }
      return (await take({ ...row, ...flight, limit, free, slow, longest }))[0]
    },
    failed: async ({ key, life }) => {
      await failed({ key, life })
    },
    giveBack: async ({ key, openAt, life }) => {
      await giveBack({ key, openAt, life })
    },
    forget: async (key) => {
      await forget({ key })
    },
  }
}
