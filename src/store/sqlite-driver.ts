// The SQLite driver: better-sqlite3 13 on Node.js 22 and newer, better-sqlite3 12 on Node.js 20.
import { createRequire } from 'node:module'
import type BetterSqlite3 from 'better-sqlite3'
import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session'
import { BaseSQLiteDatabase, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'

type Driver = typeof BetterSqlite3
export type Client = BetterSqlite3.Database
type NoSchema = Record<string, never>
type SqliteDb = BaseSQLiteDatabase<'sync', BetterSqlite3.RunResult, NoSchema, NoSchema> & {
  readonly $client: Client
}

/**
 * Version 13 brings its binaries along and needs Node.js 22: on Node.js 20 it ends the process. Version 12 ends it on
 * Node.js 24.19 and newer. So the version of Node.js decides, and never what happens to be installed.
 */
export function driverName(nodeVersion: string): string {
  return Number.parseInt(nodeVersion, 10) >= 22 ? 'better-sqlite3' : 'better-sqlite3-12'
}

/** Loaded by the first call: a server on PostgreSQL needs no SQLite. */
let loaded: Driver | undefined

/** @throws Error with one sentence that says how to install the driver */
export function sqliteDriver(): Driver {
  loaded ??= loadDriver(createRequire(import.meta.url), process.versions.node)
  return loaded
}

/** Opens a database, and makes the file unless `fileMustExist`. Throws like `sqliteDriver`, or the driver's error. */
export function openDatabase(file: string, options?: BetterSqlite3.Options): Client {
  const Database = sqliteDriver()
  try {
    return new Database(file, options)
  } catch (thrown) {
    throw bindingError(thrown, process.versions.node) ?? thrown
  }
}

/** As `drizzle()` of drizzle-orm/better-sqlite3, which imports the package under the name that Node.js 20 lacks. */
export function drizzleOver(client: Client): SqliteDb {
  const dialect = new SQLiteSyncDialect({ casing: 'snake_case' })
  const session = new BetterSQLiteSession<NoSchema, NoSchema>(client, dialect, undefined)
  return Object.assign(new BaseSQLiteDatabase('sync', dialect, session, undefined), { $client: client })
}

export function loadDriver(load: (name: string) => unknown, nodeVersion: string): Driver {
  const name = driverName(nodeVersion)
  try {
    return load(name) as Driver
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw thrown
    const compiler =
      name === 'better-sqlite3' ? '' : ', and with a C++ compiler and Python if it cannot download'
    throw new Error(
      `${name}, the SQLite driver for Node.js ${nodeVersion}, is not installed: run npm ci with this Node.js, ` +
        `without --omit=optional${compiler}; or set GRANTOR_DATABASE_URL to a PostgreSQL database`,
    )
  }
}

/** What to do when the driver is installed and its binary does not load; undefined for other errors. */
export function bindingError(thrown: unknown, nodeVersion: string): Error | undefined {
  const { code, message } = thrown as { code?: string; message: string }
  const missing = code === 'MODULE_NOT_FOUND' || message.startsWith('Could not locate the bindings file')
  if (!missing && code !== 'ERR_DLOPEN_FAILED') return undefined
  const name = driverName(nodeVersion)
  const compile =
    name === 'better-sqlite3' ? `npm explore ${name} -- npm run build-release` : `npm rebuild ${name}`
  return new Error(`the binary of ${name} is missing or for another Node.js or system: ${compile}`)
}
