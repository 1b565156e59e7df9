// Owns moving everything from a SQLite file to PostgreSQL, in one transaction there, proven row by row.
import { hash } from 'node:crypto'
import { getTableColumns, type Table } from 'drizzle-orm'
import { drizzle as overPg } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { postgres, sqlite } from './dialect.js'
import { connectAlone } from './postgres.js'
import { tables } from './schema.js'
import { openAlone } from './sqlite.js'
import { type Client, drizzleOver } from './sqlite-driver.js'
import { markMoved } from './sqlite-file.js'

export type Moved = { readonly table: string; readonly rows: number }

/** Rows that are read, sent and compared at a time. */
const batch = 500

/** What was read of a table: how much, and a sum that is the same in whatever order. */
type Sum = { rows: number; sum: bigint }

/**
 * Copies every row, and goes on counting where the source has stopped. Nothing is there afterwards, or everything is.
 * The source is held alone meanwhile, and no server opens it any more once all is on the other side.
 * @throws Error when another process has the source open, when the target has rows, when what arrived is not what left
 */
export async function moveToPostgres(file: string, url: string): Promise<Moved[]> {
  const source = await openAlone(file)
  try {
    const target = await connectAlone(url)
    try {
      await target.query('begin')
      const moved = await copy(source, target)
      await target.query('commit')
      markMoved(source)
      return moved
    } finally {
      await target.end()
    }
  } finally {
    source.close()
  }
}

async function copy(source: Client, target: pg.Client): Promise<Moved[]> {
  const from = drizzleOver(source)
  const to = overPg(target, { casing: 'snake_case' })
  const [theirs, ours] = [tables(sqlite), tables(postgres)]
  const moved: Moved[] = []
  const names = Object.keys(ours) as (keyof typeof ours)[]
  const all = names.map((name) => to.select().from(ours[name]).toSQL().sql)
  // Whoever wants to write there waits until this is done.
  for (const text of all) await target.query(`lock table "${tableIn(text)}" in share row exclusive mode`)
  for (const text of all) await refuseRows(target, tableIn(text))
  // Parents come before their children in the list of tables.
  for (const [at, name] of names.entries()) {
    const left: Sum = { rows: 0, sum: 0n }
    const text = from
      .select()
      .from(theirs[name] as never)
      .toSQL().sql
    for (const rows of batchesOf(source.prepare(text).raw().iterate(), theirs[name])) {
      await to.insert(ours[name]).values(rows as never)
      add(left, rows)
    }
    const table = tableIn(all[at] as string)
    const arrived = await readBack(target, all[at] as string, ours[name])
    if (arrived.rows !== left.rows || arrived.sum !== left.sum) {
      throw new Error(`what arrived in ${table} is not what was sent: nothing was moved`)
    }
    moved.push({ table: table, rows: left.rows })
  }
  await goOnCounting(source, target)
  return moved
}

/** Drizzle knows how a table is called only in a query. */
function tableIn(select: string): string {
  return /from "(\w+)"/.exec(select)?.[1] ?? ''
}

async function refuseRows(target: pg.Client, table: string): Promise<void> {
  const { rows } = await target.query(`select 1 from "${table}" limit 1`)
  if (rows.length > 0) throw new Error(`the target is not empty: there are rows in ${table}`)
}

type Row = Record<string, unknown>

/** Values as the program knows them, whichever database they came from. */
function decode(table: Table, values: unknown[]): Row {
  const columns = Object.entries(getTableColumns(table))
  return Object.fromEntries(
    columns.map(([name, column], at) => {
      const value = values[at]
      return [name, value === null ? null : column.mapFromDriverValue(value)]
    }),
  )
}

function* batchesOf(rows: Iterable<unknown>, table: Table): Generator<Row[]> {
  let some: Row[] = []
  for (const row of rows) {
    some.push(decode(table, row as unknown[]))
    if (some.length < batch) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

async function readBack(target: pg.Client, select: string, table: Table): Promise<Sum> {
  const arrived: Sum = { rows: 0, sum: 0n }
  await target.query(`declare arrived no scroll cursor for ${select}`)
  for (;;) {
    const { rows } = await target.query({ text: `fetch ${batch} from arrived`, rowMode: 'array' })
    add(
      arrived,
      rows.map((row) => decode(table, row)),
    )
    if (rows.length < batch) break
  }
  await target.query('close arrived')
  return arrived
}

function add(total: Sum, rows: Row[]): void {
  for (const row of rows) total.sum += BigInt(`0x${hash('sha256', JSON.stringify(row, inOrder), 'hex')}`)
  total.rows += rows.length
}

/** jsonb keeps no order of members. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An id of a revocation that was given once is never given again: listeners have remembered it. */
async function goOnCounting(source: Client, target: pg.Client): Promise<void> {
  const lastOf = source.prepare('select seq from sqlite_sequence where name = ?').pluck()
  for (const table of ['revocation', 'unproven']) {
    const last = lastOf.get(table) ?? 0
    await target.query(`select setval(pg_get_serial_sequence('${table}', 'id'), greatest($1, 1), $1 > 0)`, [
      last,
    ])
  }
}
