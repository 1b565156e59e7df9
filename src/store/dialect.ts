// Owns the column vocabulary that SQLite and PostgreSQL share: what is absent here is not portable.
import { type Placeholder, type SQL, sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'

/** The part of drizzle's PostgreSQL builder that both databases obey. */
export type Db = Pick<pg.PgDatabase<pg.PgQueryResultHKT>, 'select' | 'insert' | 'update' | 'delete'>

const encode = (value: unknown) => (value === null ? null : JSON.stringify(value))

const pgKey = pg.customType<{ data: string; driverData: string }>({ dataType: () => 'text collate "C"' })

export const postgres = {
  table: pg.pgTable,
  /** A text that is compared byte by byte, whatever the database's collation: ids are ordered by it. */
  key: () => pgKey(),
  text: () => pg.text(),
  flag: () => pg.boolean(),
  count: () => pg.integer(),
  /** Whole seconds since the epoch. */
  epoch: () => pg.bigint({ mode: 'number' }),
  /** A primary key that the database counts up, and never gives twice. */
  sequence: () => pg.bigserial({ mode: 'number' }).primaryKey(),
  /** Opaque to the database: nothing is ever looked up inside. */
  json: <T>() =>
    pg.customType<{ data: T; driverData: unknown }>({ dataType: () => 'jsonb', toDriver: encode })(),
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  check: pg.check,
}

export type Dialect = typeof postgres

const liteFlag = lite.customType<{ data: boolean; driverData: unknown }>({
  dataType: () => 'integer',
  toDriver: (value: boolean | null) => (value === null ? null : Number(value)),
  fromDriver: Boolean,
})

// The one place where SQLite's columns pass for PostgreSQL's: the builders above behave alike.
export const sqlite = {
  table: lite.sqliteTable,
  key: () => lite.text(),
  text: () => lite.text(),
  flag: () => liteFlag(),
  count: () => lite.integer(),
  epoch: () => lite.integer(),
  sequence: () => lite.integer().primaryKey({ autoIncrement: true }),
  json: <T>() =>
    lite.customType<{ data: T; driverData: unknown }>({
      dataType: () => 'text',
      toDriver: encode,
      fromDriver: (value) => JSON.parse(String(value)) as T,
    })(),
  index: lite.index,
  uniqueIndex: lite.uniqueIndex,
  primaryKey: lite.primaryKey,
  check: lite.check,
} as unknown as Dialect

/**
 * The place of a value in a prepared statement. Drizzle encodes it by the column that it is set into or
 * inserted into, which its types do not tell for `update`.
 */
export const slot = <T>(name: string): SQL<T> => sql.placeholder(name) as Placeholder as unknown as SQL<T>
