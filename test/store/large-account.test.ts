// EX06: whatever concerns one user runs in bounded statements, and a removal that is cut off is finished.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batchRows } from '../../src/store/batches.js'
import type { Statement } from '../../src/store/connection.js'
import { openSqlite } from '../../src/store/sqlite.js'
import { createStore, type Store } from '../../src/store/store.js'
import { fillAccount } from '../support/large-account.js'
import { aNewUser, at } from '../support/rows.js'
import { createTestServer, type TestServer } from '../support/server.js'

let store: Store
let server: TestServer
/** Rows that each run of a statement has changed, or returned. */
let runs: { name: string; rows: number }[]
/** Statements of this name fail. */
let broken: string | undefined
const size = { sessions: 600, connections: 600, apps: 300 }

beforeEach(async () => {
  runs = []
  broken = undefined
  const connection = await openSqlite(':memory:', { migrate: true })
  const watched =
    <R>(name: string, run: Statement<R>, count: (result: R) => number): Statement<R> =>
    async (values) => {
      if (name === broken) throw new Error('killed here')
      const result = await run(values)
      runs.push({ name, rows: count(result) })
      return result
    }
  store = createStore({
    ...connection,
    read: (name, query) => watched(name, connection.read(name, query), (rows) => rows.length),
    change: (name, query) => watched(name, connection.change(name, query), (rows) => rows),
    write: (name, query) => watched(name, connection.write(name, query), (rows) => rows.length),
  })
  server = await createTestServer({ store, startAt: at })
  await store.users.create(aNewUser('u'))
})
afterEach(async () => {
  await server.close()
  await store.close()
})

const live = () => store.grants.list({ sub: 'u', now: at, limit: 10_000 })
/** The most rows of one statement, and the turns of the event loop that others had. */
async function bounded(work: () => Promise<unknown>): Promise<{ most: number; turns: number }> {
  runs = []
  const state = { over: false, turns: 0 }
  const turn = () => {
    state.turns++
    if (!state.over) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  state.over = true
  return { most: Math.max(...runs.map(({ rows }) => rows)), turns: state.turns }
}

test('EX06: ends and removes any number of rows in batches, and others have their turn between two', async () => {
  const { clientIds } = await fillAccount(server, 'u', { ...size, connections: 1200 })
  const works: [rows: number, work: () => Promise<unknown>][] = [
    [600, async () => expect(await store.grants.revokeByOtherSessions('u', 'sid', at, 'x')).toBe(600)],
    [600, async () => expect(await store.sessions.endByUser('u', at)).toHaveLength(600)],
    [600, async () => expect(await store.grants.revokeByUser('u', at, 'x')).toBe(600)],
  ]
  for (const [rows, work] of works) {
    const { most, turns } = await bounded(work)
    expect(most).toBe(batchRows)
    expect(turns).toBeGreaterThanOrEqual(Math.floor(rows / batchRows))
  }
  expect(await live()).toEqual([])
  expect((await store.logoutCalls.waiting(at)).length).toBe(clientIds.length)
})

test('EX06: deletes an account in batches', async () => {
  await fillAccount(server, 'u', size)
  const { most } = await bounded(() => store.users.remove('u', at))
  expect(most).toBe(batchRows)
  expect(await store.users.find('u')).toBeUndefined()
  expect(await live()).toEqual([])
  expect(await store.users.remove('u', at)).toBe(false)
})

test.each(['account_remove_session', 'account_remove_consent', 'account_remove', 'grant_revoke_by_user'])(
  'EX06: a removal that a crash cuts off at %s leaves a disabled account, which the sweep removes',
  async (statement) => {
    await fillAccount(server, 'u', size)
    broken = statement
    await expect(store.users.remove('u', at)).rejects.toThrow('killed here')
    expect(await store.users.isBeingRemoved('u')).toBe(true)
    broken = undefined
    expect(await store.users.find('u')).toMatchObject({ disabled: true })
    expect(await live()).toEqual([])
    // Nothing brings it back.
    expect(await store.users.setDisabled('u', false, at)).toBe(false)
    expect(await store.users.find('u')).toMatchObject({ disabled: true })
    await store.sweep(at, 500)
    expect(await store.users.find('u')).toBeUndefined()
    expect(await store.sessions.list({ sub: 'u', now: at, limit: 10_000 })).toEqual([])
    expect(await store.consents.listByUser('u', { limit: 10_000 })).toEqual([])
    expect((await store.logoutCalls.waiting(at)).length).toBe(size.apps)
  },
)
