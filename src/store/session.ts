// Owns signed-in sessions, and the browsers in which somebody has signed in before.
import { and, asc, desc, eq, gt, inArray, lt, ne, sql } from 'drizzle-orm'
import { batchRows, inBatches, stillSo } from './batches.js'
import { type Connection, filled, paged, present, slots } from './connection.js'
import { slot } from './dialect.js'
import { telling } from './logout-call.js'
import type { Browsers, LogoutCalls, Sessions } from './people-contract.js'

/** Sessions over the limit that are found at once; an older database may have thousands. */
const mostBeyond = 20
/** Behind every id. */
const lastId = '~'

export function sessions(store: Connection, calls: Pick<LogoutCalls, 'due' | 'dueByUser'>): Sessions {
  const { db } = store
  const { session } = store.tables
  const byId = eq(session.id, slot('id'))
  const ofUser = eq(session.sub, slot('sub'))

  const create = store.change('session_create', db.insert(session).values(slots(session)))
  const find = store.read('session_find', db.select().from(session).where(byId))
  const touch = store.change(
    'session_touch',
    db
      .update(session)
      .set({ lastSeenAt: slot('lastSeenAt'), idleExpiresAt: slot('idleExpiresAt') })
      .where(byId),
  )
  const confirm = store.change(
    'session_confirm',
    db
      .update(session)
      .set({ confirmedAt: slot('at') })
      .where(byId),
  )
  const remove = store.change('session_remove', db.delete(session).where(byId))
  const toEnd = and(ofUser, ne(session.id, slot('exceptId')))
  const someToEnd = db.select({ id: session.id }).from(session).where(toEnd).limit(sql.placeholder('limit'))
  const endByUser = store.write(
    'session_end_by_user',
    db
      .delete(session)
      .where(and(inArray(session.id, someToEnd), stillSo(toEnd)))
      .returning({ sid: session.sid }),
  )
  const moreToEnd = store.read(
    'session_end_by_user_more',
    db.select({ id: session.id }).from(session).where(toEnd).limit(1),
  )
  const findBySid = store.read(
    'session_find_by_sid',
    db
      .select()
      .from(session)
      .where(and(eq(session.sid, slot('sid')), ofUser)),
  )
  const count = store.read(
    'session_count',
    db
      .select({ count: sql<number>`count(*)`.mapWith(Number) })
      .from(session)
      .where(ofUser),
  )
  const unusedLongest = store.read(
    'session_unused_longest',
    db
      .select()
      .from(session)
      .where(and(ofUser, ne(session.id, slot('exceptId'))))
      .orderBy(asc(session.lastSeenAt), asc(session.id))
      .limit(sql.placeholder('limit')),
  )
  const alive = and(
    gt(session.id, slot('after')),
    gt(session.expiresAt, slot('now')),
    gt(session.idleExpiresAt, slot('now')),
  )
  const listing = (name: string, where: typeof alive) =>
    store.read(
      name,
      db.select().from(session).where(where).orderBy(asc(session.id)).limit(sql.placeholder('limit')),
    )
  const newest = store.read(
    'session_newest',
    db
      .select()
      .from(session)
      .where(
        and(
          ofUser,
          lt(session.id, slot('before')),
          gt(session.expiresAt, slot('now')),
          gt(session.idleExpiresAt, slot('now')),
        ),
      )
      .orderBy(desc(session.id))
      .limit(sql.placeholder('limit')),
  )
  const listAll = listing('session_list', alive)
  const listOfUser = listing('session_list_of_user', and(ofUser, alive))

  return {
    create: async (row) => {
      await create(filled(session, row))
    },
    find: async (id) => (await find({ id })).map(present)[0],
    touch: async (id, lastSeenAt, idleExpiresAt) => {
      await touch({ id, lastSeenAt, idleExpiresAt })
    },
    confirm: async (id, at) => {
      await confirm({ id, at })
    },
    remove: async (id) => (await remove({ id })) === 1,
    end: ({ id, sid }, at) =>
      telling(
        () => calls.due(sid, at),
        async () => (await remove({ id })) === 1,
      ),
    async endByUser(sub, at, except) {
      const values = { sub, exceptId: except?.id ?? '' }
      const ended: string[] = []
      const run = async () => {
        const some = await endByUser({ ...values, limit: batchRows })
        ended.push(...some.map(({ sid }) => sid))
        return some.length
      }
      await telling(
        () => calls.dueByUser(sub, at, except?.sid),
        () => inBatches(store, run, () => moreToEnd(values)),
      )
      return ended
    },
    findBySid: async (sub, sid) => (await findBySid({ sub, sid })).map(present),
    async beyond(sub, limit, except) {
      const [counted] = await count({ sub })
      const excess = (counted?.count ?? 0) - limit
      if (excess <= 0) return []
      const values = { sub, exceptId: except, limit: Math.min(excess, mostBeyond) }
      return (await unusedLongest(values)).map(present)
    },
    newest: async ({ sub, now, before = lastId, limit }) =>
      (await newest({ sub, now, before, limit })).map(present),
    list: async ({ sub, now, ...page }) => {
      const values = { now, ...paged(page) }
      return (await (sub === undefined ? listAll(values) : listOfUser({ sub, ...values }))).map(present)
    },
  }
}

export function browsers(store: Connection): Browsers {
  const { db } = store
  const { browser } = store.tables
  const remember = store.change(
    'browser_remember',
    db
      .insert(browser)
      .values(slots(browser))
      .onConflictDoUpdate({
        target: [browser.browserHash, browser.sub],
        set: { expiresAt: sql`excluded.expires_at` },
      }),
  )
  const knows = store.read(
    'browser_knows',
    db
      .select({ sub: browser.sub })
      .from(browser)
      .where(
        and(
          eq(browser.browserHash, slot('browserHash')),
          eq(browser.sub, slot('sub')),
          gt(browser.expiresAt, slot('now')),
        ),
      ),
  )
  return {
    remember: async (browserHash, sub, expiresAt) => {
      await remember({ browserHash, sub, expiresAt })
    },
    knows: async (browserHash, sub, now) => (await knows({ browserHash, sub, now })).length === 1,
  }
}
