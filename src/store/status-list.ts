// Owns the status lists: which there are, how far each is filled, and what was revoked in which order.
import { and, asc, desc, gt, gte, isNull, lt, sql } from 'drizzle-orm'
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
  const close = store.change(
    'status_list_close',
    db
      .update(statusList)
      .set({ expiresAt: slot('retiresAt') })
      .where(and(open, gte(statusList.taken, slot('capacity')))),
  )
  const last = store.read(
    'status_list_last',
    db
      .select({ list: statusList.id, expiresAt: statusList.expiresAt })
      .from(statusList)
      .orderBy(desc(statusList.id))
      .limit(1),
  )
  const begin = store.change(
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
  const withdrawn = store.read(
    'status_list_withdrawn',
    db.select({ id: statusList.id }).from(statusList).where(lt(statusList.taken, 0)),
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
        // Several processes may find the list full at once: one closes it, one opens the next, all look again.
        await close({ capacity, retiresAt })
        const [newest] = await last()
        if (newest?.expiresAt !== null) await begin({ list: (newest?.list ?? 0) + 1 })
      }
    },
    all: async () => (await all()).map(({ id }) => id),
    withdrawn: async () => (await withdrawn()).map(({ id }) => id),
    revocations: (after, limit) => revocations({ after, limit }),
    watch: store.watch,
  }
}
