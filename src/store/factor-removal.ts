// Removals of second factors that their users cannot prove any more: at most one for each account.
import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import { slot } from './dialect.js'
import type { FactorRemovals } from './people-contract.js'

/** Seconds for which no other process takes a removal that one has begun. */
const lease = 60

export function factorRemovals(store: Connection): FactorRemovals {
  const { db } = store
  const { factorRemoval } = store.tables
  const bySub = eq(factorRemoval.sub, slot('sub'))
  const isDue = lte(factorRemoval.dueAt, slot('now'))
  const request = store.change(
    'factor_removal_request',
    db.insert(factorRemoval).values(slots(factorRemoval)).onConflictDoNothing(),
  )
  const find = store.read('factor_removal_find', db.select().from(factorRemoval).where(bySub))
  const findById = store.read(
    'factor_removal_find_by_id',
    db
      .select()
      .from(factorRemoval)
      .where(eq(factorRemoval.id, slot('id'))),
  )
  const cancel = store.change(
    'factor_removal_cancel',
    db.delete(factorRemoval).where(and(bySub, isNull(factorRemoval.startedAt))),
  )
  const due = store.read(
    'factor_removal_due',
    db
      .select({ sub: factorRemoval.sub })
      .from(factorRemoval)
      .where(isDue)
      .orderBy(asc(factorRemoval.dueAt))
      .limit(sql.placeholder('limit')),
  )
  const start = store.change(
    'factor_removal_start',
    db
      .update(factorRemoval)
      .set({ startedAt: slot('now') })
      .where(
        and(bySub, isDue, or(isNull(factorRemoval.startedAt), lte(factorRemoval.startedAt, slot('before')))),
      ),
  )
  const finish = store.change('factor_removal_finish', db.delete(factorRemoval).where(bySub))

  return {
    request: async (row) => (await request(filled(factorRemoval, row))) === 1,
    find: async (sub) => (await find({ sub })).map(present)[0],
    findById: async (id) => (await findById({ id })).map(present)[0],
    cancel: async (sub) => (await cancel({ sub })) === 1,
    due: async (now, limit) => (await due({ now, limit })).map(({ sub }) => sub),
    start: async (sub, now) => (await start({ sub, now, before: now - lease })) === 1,
    finish: async (sub) => (await finish({ sub })) === 1,
  }
}
