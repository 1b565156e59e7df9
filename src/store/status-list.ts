// Owns the status lists: which there are, how far each is filled, and what was revoked in which order.
import { and, asc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Connection } from './connection.js'
import { slot } from './dialect.js'
import type { StatusLists } from './grant-contract.js'

export function statusLists(store: Connection): StatusLists {
  const { db } = store
  const { statusList, revocation } = store.tables
  const open = isNull(statusList.expiresAt)

  const take = store.write(
    'status_list_take',
    db
      .update(statusList)
      .set({ taken: sql`${statusList.taken} + ${slot('count')}` })
      .where(and(open, lt(statusList.taken, slot('capacity'))))
      .returning({ list: statusList.id, taken: statusList.taken }),
  )
  const close = store.write(
    'status_list_close',
    db
      .update(statusList)
      .set({ expiresAt: slot('retiresAt') })
      .where(and(open, eq(statusList.id, slot('list'))))
      .returning({ list: statusList.id }),
  )
  const last = store.read(
    'status_list_last',
    db.select({ last: sql<number>`coalesce(max(${statusList.id}), 0)`.mapWith(Number) }).from(statusList),
  )
  const begin = store.write(
    'status_list_begin',
    db
      .insert(statusList)
      .values({ id: sql.placeholder('list'), taken: 0 })
      .onConflictDoNothing(),
  )
  const all = store.read(
    'status_list_all',
    db.select({ id: statusList.id }).from(statusList).orderBy(asc(statusList.id)),
  )
  const revocations = store.read(
    'revocation_list',
    db
      .select()
      .from(revocation)
      .where(gt(revocation.id, slot('after')))
      .orderBy(asc(revocation.id))
      .limit(sql.placeholder('limit')),
  )

  return {
    async take(count, capacity, retiresAt) {
      for (;;) {
        const [taken] = await take({ count, capacity })
        if (taken) return { list: taken.list, from: taken.taken - count }
        // Of several processes that find it full, one closes it; the next one's number is settled by its key.
        const list = (await last())[0]?.last ?? 0
        await close({ list, retiresAt })
        await begin({ list: list + 1 })
      }
    },
    all: async () => (await all()).map(({ id }) => id),
    revocations: (after, limit) => revocations({ after, limit }),
    watch: store.watch,
  }
}
