// Removals of second factors that their users cannot prove any more: at most one for each account.
import { and, asc, eq, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import { slot } from './dialect.js'
import type { FactorRemovals } from './people-contract.js'

/** Seconds for which no other process takes a removal that one has begun. */
const lease = 60
/** Seconds in which the mail about a removal leaves, with all its tries, or never does: its process has ended. */
const announceSeconds = 900

export function factorRemovals(store: Connection): FactorRemovals {
  const { db } = store
  const { factorRemoval } = store.tables
  const bySub = eq(factorRemoval.sub, slot('sub'))
  const isOver = lte(factorRemoval.dueAt, slot('now'))
  const isDue = and(isOver, isNotNull(factorRemoval.announcedAt))
  const request = store.change(
    'factor_removal_request',
    db
      .insert(factorRemoval)
      .values(slots(factorRemoval))
      .onConflictDoUpdate({
        target: factorRemoval.sub,
        set: {
          id: sql`excluded.id`,
          secretHash: sql`excluded.secret_hash`,
          requestedAt: sql`excluded.requested_at`,
          dueAt: sql`excluded.due_at`,
        },
        setWhere: sql`${factorRemoval.announcedAt} is null
          and ${factorRemoval.requestedAt} <= excluded.requested_at - ${sql.raw(String(announceSeconds))}`,
      }),
  )
  const find = store.read(
    'factor_removal_find',
    db
      .select()
      .from(factorRemoval)
      .where(
        and(bySub, or(isNotNull(factorRemoval.announcedAt), gt(factorRemoval.requestedAt, slot('before')))),
      ),
  )
  const findById = store.read(
    'factor_removal_find_by_id',
    db
      .select()
      .from(factorRemoval)
      .where(eq(factorRemoval.id, slot('id'))),
  )
  const announced = store.change(
    'factor_removal_announced',
    db
      .update(factorRemoval)
      .set({ announcedAt: slot('at') })
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
  const dropUnannounced = store.change(
    'factor_removal_drop_unannounced',
    db.delete(factorRemoval).where(and(isOver, isNull(factorRemoval.announcedAt))),
  )

  return {
    request: async (row) => (await request(filled(factorRemoval, row))) === 1,
    find: async (sub, now) => (await find({ sub, before: now - announceSeconds })).map(present)[0],
    findById: async (id) => (await findById({ id })).map(present)[0],
    announced: async (id, at) => {
      await announced({ id, at })
    },
    cancel: async (sub) => (await cancel({ sub })) === 1,
    due: async (now, limit) => (await due({ now, limit })).map(({ sub }) => sub),
    start: async (sub, now) => (await start({ sub, now, before: now - lease })) === 1,
    finish: async (sub) => (await finish({ sub })) === 1,
    dropUnannounced: async (now) => {
      await dropUnannounced({ now })
    },
  }
}
