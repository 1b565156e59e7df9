// EX09: a database that cannot be written says so, and a write of the server's own finds out that it can again.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqlite } from '../../src/store/sqlite.js'
import type { Client } from '../../src/store/sqlite-driver.js'
import { createStore, type Store } from '../../src/store/store.js'
import { createWriteCheck } from '../../src/write-check.js'
import { at } from '../support/rows.js'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer
let store: Store
let client: Client
beforeEach(async () => {
  const connection = await openSqlite(':memory:', { migrate: true })
  client = (connection.db as unknown as { $client: Client }).$client
  store = createStore(connection)
  server = await createTestServer({ store })
})
afterEach(async () => {
  await server.close()
  await store.close()
})

const full = () => client.pragma(`max_page_count = ${client.pragma('page_count', { simple: true })}`)
const room = () => client.pragma('max_page_count = 1000000')
const ready = async () => {
  const response = await server.fetch('/health/ready')
  return { retryAfter: response.headers.get('retry-after'), ...((await response.json()) as object) }
}
const logged = (message: string) => server.log.filter((line) => line.includes(message)).length

test('EX09: a full disk makes the server unready with the reason, and its own write finds room again', async () => {
  const check = createWriteCheck(server.deps)
  await check()
  expect(await ready()).toMatchObject({ status: 'ready' })
  full()
  // A small write may still find room on a page that is there already.
  const big = { id: 'big', at, type: 'x', detail: { filler: 'x'.repeat(50_000) }, expiresAt: at }
  await expect(store.audit.record(big)).rejects.toThrow('SQLITE_FULL')
  for (let round = 0; round < 2; round++) {
    await check()
    expect(await ready()).toEqual({
      status: 'unavailable',
      failing: ['store'],
      reason: 'the disk of the database is full',
      retryAfter: '5',
    })
  }
  expect((await server.fetch('/health/live')).status).toBe(200)
  room()
  await check()
  expect(await ready()).toMatchObject({ status: 'ready' })
  expect(logged('the database cannot be written')).toBe(1)
  expect(logged('the database can be written again')).toBe(1)
})

test('EX09: a database that has become read-only is found by the write of its own', async () => {
  client.pragma('query_only = ON')
  await createWriteCheck(server.deps)()
  expect(await ready()).toMatchObject({ reason: 'the database is read-only' })
  client.pragma('query_only = OFF')
  await createWriteCheck(server.deps)()
  expect(await ready()).toMatchObject({ status: 'ready' })
})

test('EX09: the write of its own leaves one small row, however often it is made', async () => {
  for (let round = 0; round < 3; round++)
    expect(await store.checkWritable(at + round, randomBytes)).toBe(false)
  expect(client.prepare('select at, filler from write_check').all()).toEqual([{ at: at + 2, filler: '' }])
})
