// Rows that requests leave before a user has proven anything: counted in bytes, by client address and in total.
import { and, asc, eq, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Connection, Statement } from './connection.js'
import { slot } from './dialect.js'
import type { Origin } from './rows.js'

/** Bytes. Many people share one address, so it is as many as some hundred sign-ins need. */
const mostOfAddress = 512 * 1024
/** Bytes. */
const most = 64 * 1024 * 1024
/** What a row costs beside its values: keys in its indexes, and its entry in this table. */
const overhead = 512
/** Each node looks at the total after so many bytes of its own, so eight nodes stay below `most`. */
const lookEvery = 1024 * 1024
/** What is left when room was made: more than for the next row, so that room is not made for each. */
const leftOfAddress = mostOfAddress - mostOfAddress / 8
const leftInTotal = most - 8 * lookEvery
/** Rows that are removed at a time, so that the event loop is not held. */
const batch = 500

export type Unproven = {
  /** Lets the oldest rows of a table make room. `change` is the connection's unless the rows are cached. */
  evictFrom(table: PgTable, key: AnyPgColumn, name: string, change?: Connection['change']): Counted
}

/** The rows of one table that count. */
export type Counted = {
  /**
   * Counts a row, and removes the oldest of its address, or of all, until all fit. Nothing happens for a trusted one.
   * @param key the row's primary key
   */
  add(key: string, row: object, expiresAt: number, origin: Origin): Promise<void>
  /** The row counts no more: a user has proven to stand behind it. */
  release(key: string): Promise<void>
  has(key: string): Promise<boolean>
}

/** UTF-8 bytes of the row as JSON, and a fixed sum for what the database keeps beside it. */
export function bytesOf(row: object): number {
  return Buffer.byteLength(JSON.stringify(row)) + overhead
}

export function unprovenRows(store: Connection): Unproven {
  const { db } = store
  const { unproven } = store.tables
  const ofAddress = eq(unproven.address, slot('address'))
  const upTo = lte(unproven.id, slot('last'))
  const byRow = and(eq(unproven.kind, slot('kind')), eq(unproven.row, slot('row')))
  const { id, bytes } = unproven
  const removals: ((values: { address?: string; last: number }) => Promise<unknown>)[] = []
  let added = Number.POSITIVE_INFINITY

  const insert = store.change(
    'unproven_insert',
    db.insert(unproven).values({
      kind: sql.placeholder('kind'),
      row: sql.placeholder('row'),
      address: sql.placeholder('address'),
      bytes: sql.placeholder('bytes'),
      expiresAt: sql.placeholder('expiresAt'),
    }),
  )
  const sum = sql<number>`coalesce(sum(${bytes}), 0)`.mapWith(Number)
  const sumOf = (name: string, where?: SQL) =>
    store.read<{ sum: number }>(name, db.select({ sum }).from(unproven).where(where))
  const oldest = (name: string, where?: SQL) =>
    store.read<{ id: number; bytes: number }>(
      name,
      db.select({ id, bytes }).from(unproven).where(where).orderBy(asc(id)).limit(sql.placeholder('limit')),
    )
  const forAddress = {
    sum: sumOf('unproven_sum_of_address', ofAddress),
    oldest: oldest('unproven_oldest_of_address', ofAddress),
    forget: store.change('unproven_forget_of_address', db.delete(unproven).where(and(ofAddress, upTo))),
  }
  const forAll = {
    sum: sumOf('unproven_sum'),
    oldest: oldest('unproven_oldest'),
    forget: store.change('unproven_forget', db.delete(unproven).where(upTo)),
  }
  const release = store.change('unproven_release', db.delete(unproven).where(byRow))
  const find = store.read(
    'unproven_find',
    db.select({ row: unproven.row }).from(unproven).where(byRow).limit(sql.placeholder('limit')),
  )

  /** Removes the oldest rows until `left` bytes are there. */
  async function makeRoom(
    { sum, oldest, forget }: typeof forAll,
    left: number,
    where: { address?: string },
  ): Promise<void> {
    for (;;) {
      let excess = ((await sum(where))[0]?.sum ?? 0) - left
      if (excess <= 0) return
      const since = store.batch()
      const rows = await oldest({ ...where, limit: batch })
      const enough = rows.findIndex(({ bytes }) => {
        excess -= bytes
        return excess <= 0
      })
      const last = rows.at(enough)?.id
      // Another node has made room.
      if (last === undefined) return
      for (const remove of removals) await remove({ ...where, last })
      await forget({ ...where, last })
      // Between two batches others get their turn.
      if (excess > 0) await store.committed(since)
    }
  }

  async function enforceLimits(address: string, cost: number): Promise<void> {
    const { sum: held } = (await forAddress.sum({ address }))[0] ?? { sum: 0 }
    if (held > mostOfAddress) await makeRoom(forAddress, leftOfAddress, { address })
    added += cost
    if (added < lookEvery) return
    added = 0
    await makeRoom(forAll, leftInTotal, {})
  }

  return {
    evictFrom(table, key, name, change = store.change) {
      const removal = (suffix: string, where: SQL | undefined): Statement<number> => {
        const rows = db
          .select({ row: unproven.row })
          .from(unproven)
          .where(and(eq(unproven.kind, slot('kind')), where))
        return change(`${name}_evict${suffix}`, db.delete(table).where(inArray(key, rows)))
      }
      const ofOne = removal('_of_address', and(ofAddress, upTo))
      const ofAll = removal('', upTo)
      removals.push((values) => (values.address === undefined ? ofAll : ofOne)({ ...values, kind: name }))
      return {
        async add(row, values, expiresAt, origin) {
          if (origin === 'trusted') return
          const { address } = origin
          const cost = bytesOf(values)
          await insert({ kind: name, row, address, bytes: cost, expiresAt })
          await enforceLimits(address, cost)
        },
        release: async (row) => {
          await release({ kind: name, row })
        },
        has: async (row) => (await find({ kind: name, row, limit: 1 })).length === 1,
      }
    },
  }
}
