// That no client is forgotten whichever statement a crash comes before: where each is a transaction of its own.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Statement } from '../../src/store/connection.js'
import { openSqlite } from '../../src/store/sqlite.js'
import { createStore, type Store } from '../../src/store/store.js'
import { aNewUser, aSession, at } from '../support/rows.js'
import { aClient } from '../support/values.js'

let store: Store
/** What happens in place of a statement of this name, once. */
let instead: { name: string; act: (run: () => Promise<unknown>) => Promise<unknown> } | undefined

function overtaken<R>(name: string, run: Statement<R>): Statement<R> {
  return async (values) => {
    if (instead?.name !== name) return run(values)
    const { act } = instead
    instead = undefined
    return (await act(() => run(values))) as R
  }
}

beforeEach(async () => {
  const connection = await openSqlite(':memory:', { migrate: true })
  store = createStore({
    ...connection,
    change: (name, query) => overtaken(name, connection.change(name, query)),
    write: (name, query) => overtaken(name, connection.write(name, query)),
  })
  await store.users.create(aNewUser('u'))
  await store.clients.create(aClient('web', {}, { id: 'c' }))
  await store.clients.create(aClient('web', {}, { id: 'late' }))
  await store.sessions.create(session)
  await owe('c')
})
afterEach(() => store.close())

const session = aSession('s', 'u')
const owe = (clientId: string) => store.logoutCalls.owe({ ...session, clientId })
const due = async () => (await store.logoutCalls.waiting(at)).map(({ clientId }) => clientId)

describe.each<[string, string, () => Promise<unknown>]>([
  ['one session', 'session_remove', () => store.sessions.end(session, at)],
  ['all sessions', 'session_end_by_user', () => store.sessions.endByUser('u', at)],
  ['disabling', 'account_set_disabled', () => store.users.setDisabled('u', true, at)],
  ['disabling, at its end', 'account_end_sessions', () => store.users.setDisabled('u', true, at)],
  ['deleting', 'account_remove', () => store.users.remove('u', at)],
])('the end by %s', (_name, name, end) => {
  test('that breaks off has told the clients, rather than not', async () => {
    const act = () => Promise.reject(new Error('gone'))
    instead = { name, act }
    await expect(end()).rejects.toThrow('gone')
    expect(await due()).toEqual(['c'])
  })

  test('tells those who are let in at that very moment', async () => {
    instead = { name, act: (run) => owe('late').then(run) }
    await end()
    expect(await due()).toEqual(['c', 'late'])
  })
})
