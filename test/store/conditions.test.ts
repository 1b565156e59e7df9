// A change of rows that a subquery has chosen asks their condition again: on PostgreSQL another transaction may come between.
import { expect, it } from 'vitest'
import { openSqlite } from '../../src/store/sqlite.js'
import { createStore } from '../../src/store/store.js'

/** Rows of one table, chosen by a condition and a limit. */
const chosen = /\(select "\w+" from "(\w+)" where (.+?)(?: order by [^)]+)? limit \?\)/

it('MN01: is asked of the row itself, for the rows of a subquery are those of before', async () => {
  const connection = await openSqlite(':memory:', { migrate: true })
  const changes = new Map<string, string>()
  const { change, write } = connection
  const store = createStore({
    ...connection,
    change: (name, query) => {
      changes.set(name, query.toSQL().sql)
      return change(name, query)
    },
    write: (name, query) => {
      changes.set(name, query.toSQL().sql)
      return write(name, query)
    },
  })
  await store.close()
  const choosing = [...changes].filter(([, sql]) => chosen.test(sql))
  expect(choosing.map(([name]) => name)).toContain('logout_call_claim')
  expect(choosing.map(([name]) => name)).toContain('sweep_grant')
  const forgetful = choosing.flatMap(([name, sql]) => {
    const [subquery = '', , condition = ''] = chosen.exec(sql) ?? []
    const outside = sql.replace(subquery, '')
    const parts = condition.split(/ and /).map((part) => part.replace(/^\(+|\)+$/g, ''))
    return parts.filter((part) => !outside.includes(part)).map((part) => `${name} forgets ${part}`)
  })
  expect(forgetful).toEqual([])
})
