// Owns what a part of the store needs of its database: tables, a query builder, and statements prepared once.
import { getTableColumns, type Placeholder, sql, type Table } from 'drizzle-orm'
import type { Db } from './dialect.js'
import { StoreUnavailable } from './fault.js'
import type { Page } from './rows.js'
import type { Tables } from './schema.js'

export type Values = Record<string, unknown>

/** A query of drizzle's that can be prepared under a name. */
export type Query<R> = {
  prepare(name: string): { execute(values?: Values): Promise<R> }
  toSQL(): { sql: string; params: unknown[] }
}

/** One that selects, and tells what. */
export type Selection<R> = Query<R[]> & { readonly _: { readonly selectedFields: Record<string, unknown> } }

/** A statement that is prepared when first used, and then never again. */
export type Statement<R> = (values?: Values) => Promise<R>

/** Why nothing can be written; set by the write that failed, and unset by a write check (write-check.ts). */
export type WriteFault = { current: StoreUnavailable | undefined }

export type Connection = {
  readonly db: Db
  readonly tables: Tables
  read<R>(name: string, query: Selection<R>): Statement<R[]>
  /** Answers how many rows it changed. */
  change(name: string, query: Query<unknown>): Statement<number>
  /** Answers what the changed rows return. */
  write<R>(name: string, query: Query<R[]>): Statement<R[]>
  /**
   * How old what memory.ts remembers may be: another one when other connections have changed it, or a commit of ours
   * is lost; current when this is called, or later. Undefined where it cannot be told. No promise where it is at hand.
   */
  version(): string | undefined | Promise<string | undefined>
  /** Calls back soon after somebody may have revoked something. */
  watch(wake: () => void): Promise<{ stop(): Promise<void> }>
  ready(): Promise<void>
  readonly writeFault: WriteFault
  batch(): number
  committed(since: number): Promise<void>
  close(): Promise<void>
}

/** A slot for every column, under its own name: the values of an insert of whole rows. */
export function slots<T extends Table>(table: T): { [K in keyof T['$inferInsert']]: Placeholder } {
  const names = Object.keys(getTableColumns(table))
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as {
    [K in keyof T['$inferInsert']]: Placeholder
  }
}

/** The values for `slots`: what the row does not have is NULL. */
export function filled<T extends Table>(table: T, row: { [K in keyof T['$inferSelect']]?: unknown }): Values {
  const values: Values = {}
  for (const name in getTableColumns(table)) values[name] = row[name as keyof typeof row] ?? null
  return values
}

export type Present<T> = { [K in keyof T]: null extends T[K] ? Exclude<T[K], null> | undefined : T[K] }

/** The row without its NULLs: absent is `undefined` everywhere above. */
export function present<T extends object>(row: T): Present<T> {
  const kept: Values = {}
  for (const name in row) if (row[name] !== null) kept[name] = row[name]
  return kept as Present<T>
}

/** The values of a page: before the first id comes nothing. */
export const paged = ({ after = '', limit }: Page) => ({ after, limit })

/** Remembers a fault for which nothing can be written. */
export function noteWriteFault(writeFault: WriteFault, thrown: unknown): void {
  if (thrown instanceof StoreUnavailable && thrown.unwritable !== undefined) writeFault.current = thrown
}
