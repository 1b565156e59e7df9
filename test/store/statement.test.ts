// That our way of running drizzle's statements on SQLite gives and takes what drizzle's own does.

import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Query, type Selection, slots } from '../../src/store/connection.js'
import { type Db, slot, sqlite } from '../../src/store/dialect.js'
import { type Client, drizzleOver, openDatabase } from '../../src/store/sqlite-driver.js'
import { preparedChange, preparedRows } from '../../src/store/statement.js'

const thing = sqlite.table('thing', {
  id: sqlite.key().primaryKey(),
  text: sqlite.text(),
  flag: sqlite.flag(),
  count: sqlite.count(),
  json: sqlite.json<unknown>(),
})
const rows = [
  { id: 'a', text: 'ü', flag: true, count: -1, json: { deep: [1, null] } },
  { id: 'b', text: '', flag: false, count: 0, json: 'text' },
  { id: 'c', text: null, flag: null, count: null, json: null },
]

let client: Client
let db: Db
let insert: (values: Record<string, unknown>) => number

beforeEach(() => {
  client = openDatabase(':memory:')
  client.exec('create table thing (id text primary key, text text, flag integer, count integer, json text)')
  db = drizzleOver(client) as unknown as Db
  insert = preparedChange(client, db.insert(thing).values(slots(thing)).onConflictDoNothing())
  for (const row of rows) insert(row)
})

const drizzles = <R>(query: Query<R[]>, values = {}) =>
  (query.prepare('') as unknown as { execute(values: object): { sync(): R[] } }).execute(values).sync()

describe('rows', () => {
  const expressions = {
    id: thing.id,
    isTrue: sql<boolean>`coalesce(${thing.flag}, false)`.mapWith(Boolean),
    plain: sql<number>`1 + 1`,
  }
  const queries = (): Selection<unknown>[] => [
    db.select().from(thing),
    db.select(expressions).from(thing),
    db.select({ json: thing.json }).from(thing).leftJoin(sql`(select 1)`, sql`true`),
  ]

  test.each([0, 1, 2])('of query %i are read as drizzle reads them', (at) => {
    const query = queries()[at] as Selection<unknown>
    const read = preparedRows(client, query)({})
    expect(read).toHaveLength(3)
    expect(read).toEqual(drizzles(query))
  })

  test('come by the value that is given, the same statement again and again', () => {
    const query = db
      .select()
      .from(thing)
      .where(eq(thing.id, slot('id')))
    const find = preparedRows(client, query)
    for (const row of rows) expect(find({ id: row.id })).toEqual([row])
    expect(find({ id: 'd' })).toEqual([])
  })

  test('of something that nobody can read are refused', () => {
    const query = { toSQL: () => ({ sql: 'select 1', params: [] }), _: { selectedFields: { what: {} } } }
    expect(() => preparedRows(client, query as unknown as Selection<unknown>)).toThrow('what')
  })
})

describe('a change', () => {
  test('counts the rows that it changed', () => {
    expect(insert({ ...rows[0], text: 'other' })).toBe(0)
    const update = db.update(thing).set({ flag: slot('flag'), json: slot('json') })
    expect(preparedChange(client, update)({ flag: false, json: [1] })).toBe(3)
    expect(client.prepare('select distinct flag, json from thing').all()).toEqual([{ flag: 0, json: '[1]' }])
  })

  test('without a value that it needs is not made', () => {
    const { json: _left, ...rest } = rows[0] as (typeof rows)[0]
    expect(() => insert({ ...rest, id: 'd' })).toThrow('no value for json')
    expect(client.prepare('select count(*) as count from thing').get()).toEqual({ count: 3 })
  })
})
