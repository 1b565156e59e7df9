// Owns which clients are told of the end of a session, and which node tells them.
import { and, asc, eq, gt, isNotNull, isNull, lte, ne, type SQL, sql } from 'drizzle-orm'
import { batchRows, inBatches, stillSo } from './batches.js'
import { type Connection, filled, paged, slots, type Values } from './connection.js'
import { slot } from './dialect.js'
import type { LogoutCalls } from './people-contract.js'

/** Seconds for which a client that cannot be reached is remembered, with or without a server that tries. */
const patience = 86_400

export function logoutCalls(store: Connection): LogoutCalls {
  const { db } = store
  const { client, logoutCall } = store.tables
  const { sid, sub, clientId, attempts, dueAt, expiresAt } = logoutCall
  const ofSession = eq(sid, slot('sid'))
  const ofClient = eq(clientId, slot('clientId'))
  const isOwed = isNull(dueAt)
  const isDue = and(isNotNull(dueAt), lte(dueAt, slot('now')))

  const owe = store.change(
    'logout_call_owe',
    db
      .insert(logoutCall)
      .values(slots(logoutCall))
      .onConflictDoUpdate({
        target: [sid, clientId],
        set: { expiresAt: sql`excluded.expires_at` },
        setWhere: isOwed,
      }),
  )
  const owed = store.read(
    'logout_call_owed',
    db
      .select({ clientId })
      .from(logoutCall)
      .where(and(ofSession, gt(clientId, slot('after')), isOwed))
      .orderBy(asc(clientId))
      .limit(sql.placeholder('limit')),
  )
  const prolong = store.change(
    'logout_call_prolong',
    db
      .update(logoutCall)
      .set({ expiresAt: slot('expiresAt') })
      .where(and(ofSession, isOwed)),
  )
  const making = { dueAt: slot<number>('at'), expiresAt: slot<number>('until') }
  /** Makes due what is owed, in batches. */
  const makingDue = (name: string, which: SQL | undefined) => {
    const owedNow = and(which, isOwed)
    const some = db.select({ sid, clientId }).from(logoutCall).where(owedNow).limit(sql.placeholder('limit'))
    const run = store.change(
      name,
      db
        .update(logoutCall)
        .set(making)
        .where(and(sql`(${sid}, ${clientId}) in ${some}`, stillSo(owedNow))),
    )
    const more = store.read(`${name}_more`, db.select({ sid }).from(logoutCall).where(owedNow).limit(1))
    return (values: Values) =>
      inBatches(
        store,
        () => run({ ...values, limit: batchRows }),
        () => more(values),
      )
  }
  const due = makingDue('logout_call_due', ofSession)
  const dueByUser = makingDue(
    'logout_call_due_by_user',
    and(eq(sub, slot('sub')), ne(sid, slot('exceptSid'))),
  )
  const waiting = store.read(
    'logout_call_waiting',
    db
      .select({ clientId, verified: client.verified })
      .from(logoutCall)
      .leftJoin(client, eq(client.id, clientId))
      .where(isDue)
      .groupBy(clientId, client.verified)
      .orderBy(asc(clientId)),
  )
  const first = db.select({ sid }).from(logoutCall).where(and(ofClient, isDue)).orderBy(asc(dueAt)).limit(1)
  const claim = store.write(
    'logout_call_claim',
    db
      .update(logoutCall)
      .set({ dueAt: slot('until'), attempts: sql`${attempts} + 1` })
      // Asked again of the row itself: who has waited for another node to take it finds it taken.
      .where(and(ofClient, sql`${sid} = (${first})`, isDue))
      .returning({ sid, sub, clientId, attempts, expiresAt }),
  )
  const isThisAttempt = and(ofSession, ofClient, eq(attempts, slot('attempts')))
  const settle = store.change('logout_call_settle', db.delete(logoutCall).where(isThisAttempt))
  const postpone = store.change(
    'logout_call_postpone',
    db
      .update(logoutCall)
      .set({ dueAt: slot('dueAt') })
      .where(isThisAttempt),
  )

  return {
    owe: async (call) => {
      await owe(filled(logoutCall, { ...call, attempts: 0 }))
    },
    owed: async (sid, page) => (await owed({ sid, ...paged(page) })).map(({ clientId }) => clientId),
    prolong: async (sid, expiresAt) => {
      await prolong({ sid, expiresAt })
    },
    due: async (sid, at) => {
      await due({ sid, at, until: at + patience })
    },
    dueByUser: async (sub, at, exceptSid = '') => {
      await dueByUser({ sub, at, until: at + patience, exceptSid })
    },
    waiting: async (now) =>
      (await waiting({ now })).map(({ clientId, verified }) => ({ clientId, verified: verified ?? false })),
    claim: async (clientId, now, until) => (await claim({ clientId, now, until }))[0],
    settle: async ({ sid, clientId, attempts }) => (await settle({ sid, clientId, attempts })) === 1,
    postpone: async ({ sid, clientId, attempts }, dueAt) =>
      (await postpone({ sid, clientId, attempts, dueAt })) === 1,
  }
}

/**
 * Ends something of which clients are told. Where every statement is a transaction of its own, a crash between leaves
 * clients told too early and never untold. Once more afterwards, for what was owed meanwhile.
 * @param makeDue what is owed to be told of it
 */
export async function telling<R>(makeDue: () => Promise<void>, end: () => Promise<R>): Promise<R> {
  await makeDue()
  const ended = await end()
  await makeDue()
  return ended
}
