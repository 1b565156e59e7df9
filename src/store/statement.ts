// Owns the running of drizzle's statements on SQLite: how each value is written and read is looked up once, and not
// for every row, which would cost more than SQLite itself.
import { Column, is, Param, Placeholder, SQL } from 'drizzle-orm'
import type { Query, Selection, Values } from './connection.js'
import type { Client } from './sqlite-driver.js'

type Encode = (values: Values) => unknown
type Decode = (value: unknown) => unknown

const asItIs: Decode = (value) => value

/** Prepares a query for its rows. */
export function preparedRows<R>(client: Client, query: Selection<R>): (values: Values) => R[] {
  const { sql, params } = query.toSQL()
  const statement = client.prepare(hidden(sql)).raw()
  const encode = encoder(params)
  const decode = decoder<R>(query._.selectedFields)
  return (values) => (statement.all(...encode(values)) as unknown[][]).map(decode)
}

/** Prepares a statement that changes rows, for their number. */
export function preparedChange(client: Client, query: Query<unknown>): (values: Values) => number {
  const { sql, params } = query.toSQL()
  const statement = client.prepare(hidden(sql))
  const encode = encoder(params)
  return (values) => statement.run(...encode(values)).changes
}

/**
 * The same, with each value that a column is compared with behind a plus, which changes nothing but that the planner
 * does not look at it: a join whose planner has is planned anew for every value (SQLite 3.54), at five times the cost.
 */
function hidden(sql: string): string {
  return sql.replace(/([=<>]) \?/g, '$1 +?')
}

function encoder(params: unknown[]): (values: Values) => unknown[] {
  const each = params.map(encoding)
  return (values) => each.map((encode) => encode(values))
}

function encoding(param: unknown): Encode {
  if (is(param, Placeholder)) return (values) => given(values, param.name)
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder, value } = param
    return (values) => encoder.mapToDriverValue(given(values, value.name))
  }
  return () => param
}

function given(values: Values, name: string): unknown {
  const value = values[name]
  if (value === undefined) throw new Error(`no value for ${name}`)
  return value
}

function decoder<R>(fields: Selection<R>['_']['selectedFields']): (row: unknown[]) => R {
  const columns = Object.entries(fields).map(([name, field]) => ({ name, decode: decoding(name, field) }))
  return (values) => {
    const row: Values = {}
    let at = 0
    for (const { name, decode } of columns) {
      const value = values[at++]
      row[name] = value === null ? null : decode(value)
    }
    return row as R
  }
}

function decoding(name: string, field: unknown): Decode {
  if (is(field, Column)) {
    const plain = field.mapFromDriverValue === Column.prototype.mapFromDriverValue
    return plain ? asItIs : (value) => field.mapFromDriverValue(value)
  }
  if (is(field, SQL)) {
    // What `mapWith` was given; drizzle's own types keep it to themselves.
    const { decoder } = field as unknown as { decoder: { mapFromDriverValue: Decode } }
    return (value) => decoder.mapFromDriverValue(value)
  }
  throw new Error(`${name} is neither a column nor an expression`)
}
