// Owns how a database's failures are told: out of reach, a constraint, or a defect of ours. No values in them.
import { DrizzleQueryError } from 'drizzle-orm'

/** The database cannot answer or cannot make the change durable now; whether a write took effect is unknown. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  /** Why nothing can be written until somebody makes room or repairs; anyone may read it. */
  readonly unwritable: string | undefined

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly unwritable?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.unwritable = options.unwritable
  }
}

/** What is told of each fault of writing, by the beginning of SQLite's code or of PostgreSQL's SQLSTATE. */
const unwritable: readonly (readonly [RegExp, string])[] = [
  [/^(SQLITE_FULL|53100)/, 'the disk of the database is full'],
  [/^(SQLITE_READONLY|25006)/, 'the database is read-only'],
  [/^(SQLITE_IOERR|58030)/, 'the disk of the database cannot be written'],
]

function unwritableBy(code: string): string | undefined {
  return unwritable.find(([pattern]) => pattern.test(code))?.[1]
}

/** Another process holds the lock that SQLite needs to write. */
export function isLocked(thrown: unknown): boolean {
  return String(driverError(thrown).code).startsWith('SQLITE_BUSY')
}

/** A constraint refused the write, mostly because the row it belongs to has just been deleted. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict'
}

/** The driver's own error: drizzle wraps it in one whose message lists the values, which no log may hold. */
function driverError(thrown: unknown): Error & { code?: unknown } {
  const error = thrown instanceof DrizzleQueryError ? thrown.cause : thrown
  return error instanceof Error ? error : new Error(String(error))
}

const unavailableInSqlite = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|CORRUPT|NOTADB|PROTOCOL)/

/** What SQLite threw, in the terms of the store. */
export function sqliteFault(thrown: unknown): Error {
  const error = driverError(thrown)
  if (typeof error.code !== 'string') return error
  const { code, message } = error
  const told = `${code}: ${message}`
  if (code.startsWith('SQLITE_CONSTRAINT')) return new StoreConflict(told)
  return unavailableInSqlite.test(code) ? unavailable(told, code) : new Error(told)
}

/** Five characters, but not EPIPE, which is the system's. */
const sqlState = /^(?!E)[0-9A-Z]{5}$/
/** Classes of it: 23 constraint; and a text that cannot be one (a NUL within). */
const conflictInPostgres = /^(23|22021$|22P05$)/
/** 08 connection, 25 read-only, 40 rollback, 53 resources, 55 not ready, 57 intervention, 58 system. */
const unavailableInPostgres = /^(08|25|40|53|55|57|58)/

/** What a query of PostgreSQL threw, in the terms of the store. */
export function postgresFault(thrown: unknown): Error {
  const error = driverError(thrown)
  if (error === thrown || error instanceof TypeError) return error
  const { code, message } = error
  // Without a SQLSTATE it is the driver speaking: refused, reset, timed out, pool ended.
  if (typeof code !== 'string' || !sqlState.test(code)) {
    return new StoreUnavailable(`${code ?? 'no connection'}: ${message}`)
  }
  const told = `SQLSTATE ${code}: ${message}`
  if (conflictInPostgres.test(code)) return new StoreConflict(told)
  return unavailableInPostgres.test(code) ? unavailable(told, code) : new Error(told)
}

function unavailable(message: string, code: string): StoreUnavailable {
  return new StoreUnavailable(message, { unwritable: unwritableBy(code) })
}

/** Serialisation failure or deadlock: the statement left nothing behind and may be sent again (F12). */
export function mayRetry(thrown: unknown): boolean {
  const { code } = driverError(thrown)
  return code === '40001' || code === '40P01'
}
